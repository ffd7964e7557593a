#!/usr/bin/env bats
# Mounts: flags, propagation, options, what is seen of them while they are made.

load lib

setup() { security_setup; }

# ---- MNT-01: each flag that was asked for is there ------------------------------------------------

flags_of() { # KIND SOURCE [FILTER...]
    python3 "$BATS_TEST_DIRNAME/flags.py" make "$1" "$2" >mounts.json
    bundle box '.linux.namespaces+=[{type:"cgroup"}]' "${@:3}"
    jq --slurpfile more mounts.json '.mounts+=$more[0]' "$bundle/config.json" >"$bundle/config.new"
    mv "$bundle/config.new" "$bundle/config.json"
    mkdir -p "$bundle/source"
    program /bin/cat /proc/self/mountinfo
    start
    [ "$status" = 0 ] || { cat "$out"; return 1; }
    python3 "$BATS_TEST_DIRNAME/flags.py" judge "$1" <"$out" >wrong 2>seen
    echo "# $runtime, $1${3:+, $3}: $(<seen)" >&3
    [ ! -s wrong ] || breach "$(head -n 5 wrong)"
}

attack_flags() { # KIND...
    local kind
    for kind; do
        case $kind in
        tree) flags_of "$kind" /dev ;;
        *) flags_of "$kind" "$BATS_TEST_TMPDIR/box/source" ;;
        esac
    done
}

shared_net='.linux.namespaces|=map(select(.type!="network"))'
attack_flags_shared() { # NAMESPACE
    flags_of "shared-$1" none ".linux.namespaces|=map(select(.type!=\"$1\"))"
}

@test "MNT-01: flags of bind mounts" { holds flags bind rbind; }
@test "MNT-01: flags of trees" { holds flags tree; }
@test "MNT-01: flags of new file systems" { holds flags tmpfs proc sysfs mqueue devpts cgroup2; }
@test "MNT-01: flags of what is the host's: sysfs, proc, cgroups" {
    holds flags_shared network
    holds flags_shared pid
    holds flags_shared cgroup
}
@test "MNT-01 control: a runtime that forgets nosuid" {
    falls mutant:nosuid flags bind
    falls mutant:nosuid flags tree
    falls mutant:nosuid flags tmpfs
}

attack_flags_joined() { # KIND...
    local holder kind user
    bundle holder
    program /bin/sleep 60
    "$RCRUN" run --pid-file "$PWD/pid" --bundle "$bundle" "h$$" </dev/null >/dev/null 2>&1 3>&- &
    holder=$!
    for ((i = 0; i < 200; i++)); do [ -s pid ] && break; sleep 0.02; done
    user=/proc/$(<pid)/ns/user
    for kind; do
        flags_of "$kind" "$BATS_TEST_TMPDIR/box/source" \
            "(.linux.namespaces[]|select(.type==\"user\")).path=\"$user\"" \
            'del(.linux.uidMappings,.linux.gidMappings)' ||
            { kill -9 "$(<pid)"; return 1; }
    done
    kill -9 "$(<pid)"
    wait "$holder" || :
}

@test "MNT-01: flags in a user namespace that is joined" { holds flags_joined bind tmpfs sysfs mqueue; }
@test "MNT-01 control: the same, nosuid forgotten" { falls mutant:nosuid flags_joined tmpfs; }

# A mount with flags that only the root of the outer user namespace may take away.
attack_locked() {
    local inner=(unshare -Urm sh -c "mount -t tmpfs -o nosuid,nodev,mode=755 x '$PWD/vol'
        exec \"\$@\"" sh)
    mkdir -p vol
    bundle box 'del(.linux.uidMappings,.linux.gidMappings)' \
        '.mounts+=[{destination:"/m",type:"none",source:($bundle+"/../vol"),options:["rbind"]}]'
    program /bin/grep ' /m ' /proc/self/mountinfo
    start
    grep -q ' /m ' "$out"
    breach_if "a locked flag is gone: $(<"$out")" grep -qv 'nosuid,nodev' "$out"
    edit '(.mounts[]|select(.destination=="/m")).options+=["suid"]'
    start
    [ "$runtime" != rcrun ] || grep -q 'cannot clear locked flags' "$out" || { cat "$out"; return 1; }
}

@test "MNT-01: locked flags of the source stay" { holds locked; }

# ---- MNT-02: propagation --------------------------------------------------------------------------

# Root of a namespace of ours, as on a host where a whole tree is shared; the container has no user
# namespace of its own, for which the kernel would help.
attack_propagation() { # WANTED-IN-MOUNTINFO [OPTION...]
    local want=$1 options
    shift
    options=$(printf ',"%s"' rbind "$@")
    bundle box '.linux.namespaces|=map(select(.type!="user"))' 'del(.linux.uidMappings,.linux.gidMappings)' \
        '.process.capabilities|=(.bounding=["CAP_SYS_ADMIN"]|.effective=.bounding|.permitted=.bounding)' \
        ".mounts+=[{destination:\"/vol\",type:\"bind\",source:(\$bundle+\"/vol\"),options:[${options#,}]}]"
    mkdir "$bundle/vol"
    script 'grep " /vol " /proc/self/mountinfo; mount -t tmpfs made /vol/sub; grep -c made /proc/self/mountinfo'
    local inner=(unshare -Urm --propagation unchanged sh -c "
        mount -t tmpfs -o mode=755 shared '$bundle/vol' && mkdir '$bundle/vol/sub' &&
            mount --make-rshared '$bundle/vol' || exit 98
        \"\$@\"
        echo left: ; grep made /proc/self/mountinfo; :" sh)
    start
    [ "$status" = 0 ] || { cat "$out"; return 1; }
    sed -n '/^left:/,$p' "$out" | grep -q made && breach "a mount came out: $(<"$out")"
    [ "$runtime" != rcrun ] || {
        head -n 1 "$out" | grep -qE "$want" && sed -n 2p "$out" | grep -q 1
    } || { cat "$out"; return 1; }
}

@test "MNT-02: mounts of the container stay inside" {
    holds propagation ' - tmpfs'
    holds propagation '[0-9] / /vol rw,relatime - tmpfs' rprivate
    holds propagation '/vol rw,relatime master:[0-9]+ - ' rslave
    holds propagation '/vol rw,relatime - ' private
}
@test "MNT-02 control: a runtime that leaves propagation alone" {
    falls mutant:propagation propagation ''
}

# ---- MNT-03: options are data ---------------------------------------------------------------------

attack_option() { # OPTION
    bundle box
    jq --arg o "$1" '.mounts+=[{destination:"/m",type:"tmpfs",source:"t",options:["mode=700",$o]}]' \
        "$bundle/config.json" >"$bundle/config.new"
    mv "$bundle/config.new" "$bundle/config.json"
    script 'grep " /m " /proc/self/mountinfo; stat -c "mode %a %u" /m'
    start
    breach_if "one option became two: $(<"$out")" grep -qE 'mode 777|mode 700 1$' "$out"
    [ "$runtime" != rcrun ] || refused || { cat "$out"; return 1; }
}

@test "MNT-03: what is no option is refused, and none becomes two" {
    local option
    for option in size=1m,mode=777 size=1m,uid=1 context=x,mode=777 bogus bogus=1 \
        bind-propagation=rshared,suid $'size=1m\nmode=777' $'size=1m\tmode=777' 'size=1m mode=777' \
        =1 size= size upperdir=/ lowerdir+=/ fd=3 source=x; do
        echo "option $option"
        holds option "$option"
    done
}
@test "MNT-03 control: runc" { falls runc option size=1m,mode=777; }
@test "MNT-03 control: crun" { falls crun option size=1m,uid=1; }
@test "MNT-03 control: a runtime that splits at commas" { falls mutant:comma option size=1m,mode=777; }

@test "MNT-03: an option of a megabyte, and one with NUL" {
    runtime=rcrun
    bundle box
    head -c 1048576 /dev/zero | tr '\0' x |
        jq -Rs --slurpfile c "$bundle/config.json" \
            '. as $o|$c[0]|.mounts+=[{destination:"/m",type:"tmpfs",source:"t",options:["size="+$o]}]' \
            >"$bundle/config.new"
    mv "$bundle/config.new" "$bundle/config.json"
    start
    refused
    [ "$(wc -c <"$out")" -lt 4000 ]
    bundle box '.mounts+=[{destination:"/m",type:"tmpfs",source:"t",options:["size=1m\u0000x"]}]'
    start
    refused
}

@test "MNT-03: layers of an overlay may have any name" {
    runtime=rcrun
    bundle box
    mkdir -p "$bundle"/{'l1:a,b','l2\x',u,w}
    echo one >"$bundle/l1:a,b/one"
    echo two >"$bundle/l2\\x/two"
    jq --arg o "lowerdir=$bundle/l1\\:a,b:$bundle/l2\\\\x" \
        '.mounts+=[{destination:"/m",type:"overlay",source:"o",
            options:[$o,"upperdir="+$b+"/u","workdir="+$b+"/w"]}]' --arg b "$bundle" \
        "$bundle/config.json" >"$bundle/config.new"
    mv "$bundle/config.new" "$bundle/config.json"
    script 'cat /m/one /m/two; echo new >/m/new'
    start
    [ "$(<"$out")" = $'one\ntwo' ] || { cat "$out"; return 1; }
    [ "$(<"$bundle/u/new")" = new ]
}

# ---- MNT-04: nobody sees a mount before it has its flags ---------------------------------------------

# The window is of microseconds, so it is not waited for, but read off the system calls: nothing
# changes the flags of a mount that is attached already.
attack_bare_mount() {
    local inner=(strace -f -qq -o "$PWD/trace" -e trace=open_tree,fsmount,mount_setattr,move_mount,mount)
    bundle box "$one_map" '.mounts+=[{destination:"/mnt/ro",type:"bind",source:($bundle+"/source"),
        options:["rbind","ro","nosuid","nodev","noexec"]}]' '.linux.maskedPaths=["/proc/keys"]'
    mkdir "$bundle/source"
    start
    [ "$status" = 0 ] || { cat "$out"; return 1; }
    awk '{ call = $2; sub(/\(.*/, "", call); fd = $2; sub(/^[^(]*\(/, "", fd); sub(/,.*/, "", fd) }
        call == "open_tree" || call == "fsmount" { delete attached[$NF] }
        call == "move_mount" { attached[fd] = 1; moves++ }
        call == "mount_setattr" && fd in attached { print "after it was attached: " $0 }
        call == "mount" && !/MS_(PRIVATE|SLAVE)/ { print "by path: " $0 }
        END { if (!moves) print "no mount was seen" }' trace >late
    [ ! -s late ] || breach "$(head -n 3 late)"
}

@test "MNT-04: no mount is attached before it has its flags" {
    command -v strace >/dev/null || skip 'strace is not installed'
    holds bare_mount
}
@test "MNT-04 control: a runtime that sets flags afterwards" {
    command -v strace >/dev/null || skip 'strace is not installed'
    falls mutant:late bare_mount
}
@test "MNT-04 control: runc" {
    command -v strace >/dev/null || skip 'strace is not installed'
    falls runc bare_mount
}

# ---- MNT-05: many masks, few descriptors -------------------------------------------------------------

attack_many_masks() { # DESCRIPTORS
    local inner=("$attack" nofile "$1")
    bundle box '.linux.maskedPaths=[range(500)|"/tmp/m\(.)"]' '.linux.readonlyPaths=[range(500)|"/tmp/r\(.)"]'
    (cd "$root/tmp" && touch m{0..499} && mkdir r{0..499})
    script 'grep -c " /tmp/[mr][0-9]" /proc/self/mountinfo'
    start
    [ "$(<"$out")" = 1000 ] || breach "with $1 descriptors: $(<"$out")"
}

@test "MNT-05: 500 masks and 500 read-only paths with 20 descriptors" { holds many_masks 20; }
@test "MNT-05 control: a runtime that keeps one for each mask" { falls mutant:mask-fd many_masks 64; }

attack_few_descriptors() { # DESCRIPTORS
    local inner=("$attack" nofile "$1")
    bundle box '.linux.maskedPaths=["/proc/keys","/sys/firmware"]' '.linux.readonlyPaths=["/proc/sys"]'
    start
    [ "$status" = 0 ] || breach "with $1 descriptors: $(<"$out")"
}

@test "MNT-05: a start needs less than 20 descriptors" { holds few_descriptors 16; }
@test "MNT-05: without descriptors it fails with a message" {
    local n
    runtime=rcrun
    bundle box
    for n in 3 4 5 6 7 8; do
        local inner=("$attack" nofile "$n")
        start
        [ "$status" = 0 ] || refused || { cat "$out"; return 1; }
        [ ! -s "$breaches" ]
    done
}

# ---- CVE-2023-25809: the caller's cgroups ------------------------------------------------------------

# Mounts of cgroups that the container can see and write, but for those of its own namespace.
attack_cgroups() { # KIND
    local filter
    case $1 in
    rbind) filter='.mounts+=[{destination:"/sys",type:"none",source:"/sys",options:["rbind","nosuid","noexec","nodev","ro"]}]' ;;
    sysfs) filter='.mounts+=[{destination:"/sys",type:"sysfs",source:"sysfs",options:["nosuid","noexec","nodev"]}]' ;;
    cgroup) filter='.mounts+=[{destination:"/sys",type:"sysfs",source:"sysfs",options:["ro"]},
                {destination:"/sys/fs/cgroup",type:"cgroup",source:"cgroup",options:["rw"]}]' ;;
    esac
    bundle box "$shared_net" 'del(.mounts[]|select(.destination=="/sys"))' "$filter"
    program /bin/cat /proc/self/mountinfo
    start
    [ "$status" = 0 ] || [ "$runtime" != rcrun ] || { cat "$out"; return 1; }
    # Of several mounts at one place the last is what is seen.
    awk '{ point = $5; flags[point] = $6; line[point] = $0
           for (p in line) if (p != point && index(p, point "/") == 1) delete line[p] }
        END { for (p in line) if (line[p] ~ / - cgroup2? / && "," flags[p] "," !~ /,ro,/) print line[p] }' \
        "$out" >writable
    [ ! -s writable ] || breach "writable: $(<writable)"
}

@test "CVE-2023-25809: the caller's cgroups are read-only" {
    [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] || skip 'no cgroup2 on /sys/fs/cgroup'
    holds cgroups rbind
    holds cgroups sysfs
    holds cgroups cgroup
}
@test "CVE-2023-25809 control: runc" { falls runc cgroups rbind; }
@test "CVE-2023-25809 control: crun" { falls crun cgroups rbind; }
@test "CVE-2023-25809 control: a runtime that mounts /sys as it is" {
    [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] || skip 'no cgroup2 on /sys/fs/cgroup'
    falls mutant:cgroup cgroups sysfs
}

# ---- OVL-01: layers of an enemy, and an upper layer that another writes -----------------------------

# An opaque directory, a whiteout, a directory that says it is another one, a file that says its
# content is elsewhere, a program of root.
hostile_layers() {
    mkdir -p lower/{dir,moved} below/{dir,moved,kept,secret}
    echo secret | tee below/dir/hidden below/secret/file >below/gone
    setfattr -n user.overlay.opaque -v y lower/dir
    mknod lower/gone c 0 0
    setfattr -n user.overlay.redirect -v /secret lower/moved
    : >lower/data
    setfattr -n user.overlay.metacopy -v '' lower/data
    setfattr -n user.overlay.redirect -v /secret/file lower/data
    cp "$BATS_FILE_TMPDIR/rootfs/bin/busybox" lower/setuid
    chmod 4755 lower/setuid
}

attack_layers() {
    bundle box
    hostile_layers
    edit '.mounts+=[{destination:"/mnt",type:"overlay",options:["ephemeral","nosuid","lowerdir='"$PWD/lower:$PWD/below"'"]}]'
    script 'cd /mnt; grep " /mnt " /proc/self/mountinfo; cat dir/hidden gone moved/file data 2>/dev/null
        rm -r dir && mkdir dir && cat dir/hidden; :'
    start
    [ "$status" = 0 ] || breach 'it does not start'
    breach_if 'what is hidden shows' grep -qx secret "$out"
    breach_if 'no userxattr' grep -qv 'userxattr' <(grep ' /mnt ' "$out")
    breach_if 'redirects or metadata of others' grep -qE 'redirect_dir=(on|follow)|metacopy=on' "$out"
    breach_if 'no nosuid' grep -qv ' /mnt rw,nosuid,' <(grep ' /mnt ' "$out")
    breach_if 'no mount' test -z "$(grep ' /mnt ' "$out")"
    rm -rf lower below
}
@test "OVL-01: hostile layers" { holds layers; }
@test "OVL-01 control: a runtime that forgets userxattr" { falls mutant:userxattr layers; }

attack_two_writers() {
    local words=() first
    bundle box '.annotations={"org.rcrun.root.overlay":"upper","org.rcrun.root.upper":"\($bundle)/up"}'
    touch "$root/victim"
    script 'touch /ready; while [ ! -e /tmp/go ]; do sleep 0.05; done; rm /victim && mkdir /made && touch /made/file && touch /fine'
    # Its /tmp is not of the layers.
    mkdir -p "$bundle/tmp"
    edit '.mounts+=[{destination:"/tmp",type:"bind",source:"\($bundle)/tmp",options:["bind"]}]'
    command_for "$runtime" "first$$"
    "${words[@]}" </dev/null >"$out.first" 2>&1 3>&- &
    first=$!
    for ((i = 0; i < 200; i++)); do [ -e "$bundle/up/diff/ready" ] && break; sleep 0.02; done
    program /bin/touch /second
    start
    touch "$bundle/tmp/go"
    wait "$first" || :
    breach_if 'the second one writes' test -e "$bundle/up/diff/second"
    [ -e "$bundle/up/diff/fine" ] || breach "the first one cannot: $(head -n 3 "$out.first")"
    "$RCRUN" unshare rm -rf "$bundle/up"
}
@test "OVL-01: two containers on one upper layer" { holds two_writers; }
@test "OVL-01 control: a runtime that lets two write" { falls mutant:two-writers two_writers; }
