#!/usr/bin/env bats
# Paths of the image: mount points, sources, the working directory, files that are read.

load lib

setup() { security_setup; }

bind_file='{type:"bind",source:($bundle+"/file"),options:["bind","ro"]}'
new_tmpfs='{type:"tmpfs",source:"tmpfs"}'

# ---- PATH-01: links that stand still ------------------------------------------------------------

attack_static_links() {
    bundle box ".mounts+=[$new_tmpfs+{destination:\"/mnt/x/a\"},$new_tmpfs+{destination:\"/mnt/y/b/c\"},
        $bind_file+{destination:\"/mnt/y/f\"},$bind_file+{destination:\"/mnt/dangling/f\"}]"
    echo inner >"$bundle/file"
    ln -s "$outside" "$root/mnt/x"
    ln -s "../../../../../../../../..$outside" "$root/mnt/y"
    ln -s "$outside/new" "$root/mnt/dangling"
    script "cat '$outside/f' '$outside/new/f'; grep -c '$outside' /proc/self/mountinfo"
    start
    [ "$runtime" != rcrun ] || [ "$(<"$out")" = $'inner\ninner\n4' ] || { cat "$out"; return 1; }
}

@test "PATH-01: links of the image resolve inside of it" { holds static_links; }
@test "PATH-01 control: a runtime that follows them" { falls mutant:naive static_links; }

# Each destination ends with success or with a message, never with a crash.
odd_destination() { # RESULT DESTINATION
    jq --arg d "$2" '.mounts|=map(select(.source!="odd"))+[{destination:$d,type:"tmpfs",source:"odd"}]' \
        "$bundle/config.json" >"$bundle/config.new"
    mv "$bundle/config.new" "$bundle/config.json"
    start
    case $1 in
    ok) [ "$status" = 0 ] ;;
    no) refused ;;
    esac || { echo "$2: status $status, wanted $1: $(<"$out")"; return 1; }
    [ ! -s "$breaches" ] || { echo "$2: $(<"$breaches")"; return 1; }
}

@test "PATH-01: odd destinations" {
    local i long
    runtime=rcrun
    bundle box
    mkdir "$root/mnt/d"
    ln -s ../../../../.. "$root/mnt/up"
    ln -s nowhere/at/all "$root/mnt/dangling"
    ln -s loop "$root/mnt/loop"
    ln -s d "$root/mnt/l0"
    for ((i = 1; i <= 45; i++)); do ln -s "l$((i - 1))" "$root/mnt/l$i"; done
    long=$(printf '/%0250d' {1..17})
    odd_destination ok "/mnt/../../../..$outside/dir"
    odd_destination ok /mnt/d/
    odd_destination ok mnt/relative
    odd_destination ok /mnt/up/tmp/new
    odd_destination ok /mnt/dangling/more
    odd_destination ok /mnt/l30
    odd_destination no ''
    odd_destination no /
    odd_destination no /mnt/..
    odd_destination no /mnt/loop
    odd_destination no /mnt/l45/x
    odd_destination no /etc/passwd
    odd_destination no /etc/passwd/x
    odd_destination no "$long"
    odd_destination no "/$(printf '%0256d' 1)"
    check_outside
    [ ! -s "$breaches" ]
}

# ---- PATH-02: CVE-2021-30465, CVE-2024-45310: the mount point is swapped while it is made ----------

attack_swap() { # COUNT
    bundle box ".mounts+=[$new_tmpfs+{destination:\"/mnt/d/a\"},$bind_file+{destination:\"/mnt/d/f\"}]"
    echo inner >"$bundle/file"
    mkdir "$root/mnt/d"
    ln -s "$outside" "$root/mnt/l"
    swapping "$root/mnt/d" "$root/mnt/l" race "$1" --lost "$outside/a" --lost "$outside/f" \
        --clean "$root/mnt/d/a" --clean "$root/mnt/d/f" --clean "$root/mnt/l/a" --clean "$root/mnt/l/f"
}

@test "PATH-02: a directory swapped for a link, 300 starts" { holds swap 300; }
@test "PATH-02 control: a runtime that resolves twice, as often" { falls mutant:twice swap 300; }
@test "PATH-02 control: runc, as often" { falls runc swap 300; }

# ---- PATH-03: below a directory that the container can write --------------------------------------

attack_nested() { # LINK
    local inner=("$attack" hold 9 --)
    bundle box ".mounts+=[{destination:\"/data\",type:\"bind\",source:(\$bundle+\"/app\"),options:[\"rbind\"]},
        $bind_file+{destination:\"/data/sub/new\"},$new_tmpfs+{destination:\"/data/sub/made/there\"}]"
    mkdir "$bundle/app"
    echo inner >"$bundle/file"
    ln -s "$1" "$bundle/app/sub"
    if [ "$runtime" = bwrap ]; then
        bwrap --ro-bind "$root" / --bind "$bundle/app" /mnt --dir /mnt/sub/made \
            --file 9 /mnt/sub/new /bin/true 9<"$bundle/file" >"$out" 2>&1 || :
    else
        start
    fi
}

@test "PATH-03: a link in a writable volume leads nowhere" {
    holds nested "$outside"
    holds nested "/proc/self/fd/9$outside"
    holds nested "/../../../../../..$outside"
    holds nested "/proc/1/root$outside"
}
@test "PATH-03 control: bubblewrap" { falls bwrap nested "/oldroot$outside"; }
@test "PATH-03 control: a runtime that follows it" { falls mutant:naive nested "$outside"; }

# ---- PATH-04: sources below a directory that somebody else can write --------------------------------

source_of='.mounts+=[{destination:"/v",type:"bind",source:($bundle+"/vol/d/file"),
    options:["bind","ro","src-nofollow"]}]'
# Root of the container is not the caller, so that sources are opened early.
pinned='.linux.uidMappings=[{containerID:0,hostID:.linux.uidMappings[1].hostID,size:1000}]
    |.linux.gidMappings=.linux.uidMappings|.process.user={uid:0,gid:0}'

source_bundle() { # [FILTER...]
    bundle box "$source_of" "$@"
    chmod 644 "$outside/file" # for whoever root is
    outside_before=$(listing "$outside")
    mkdir -p "$bundle/vol/d"
    echo inner >"$bundle/vol/d/file"
    ln -s "$outside" "$bundle/vol/l"
    touch "$root/v"
    program /bin/cat /v
}

attack_source() { # [FILTER...]
    source_bundle "$@"
    start
    [ "$runtime" != rcrun ] || [ "$(grep -v warning "$out")" = inner ] || { cat "$out"; return 1; }
    rm -r "$bundle/vol/d"
    mv "$bundle/vol/l" "$bundle/vol/d"
    start
    breach_if 'the source was followed' grep -q marker "$out"
    [ "$runtime" != rcrun ] || grep -q 'symbolic link' "$out" || { cat "$out"; return 1; }
}

@test "PATH-04: src-nofollow refuses a link" { holds source; }
@test "PATH-04: src-nofollow refuses a link when sources are opened early" {
    need_subids
    holds source "$pinned"
}
@test "PATH-04 control: a runtime that follows it" {
    falls mutant:nofollow source
    [ -z "$sub_first" ] || falls mutant:nofollow source "$pinned"
}

attack_source_swap() { # COUNT
    source_bundle
    swapping "$bundle/vol/d" "$bundle/vol/l" race "$1" --word marker
}

@test "PATH-04: a source swapped for a link, 300 starts" { holds source_swap 300; }
@test "PATH-04 control: a runtime that follows it, as often" { falls mutant:nofollow source_swap 300; }

# The base is trusted, and may be a link itself; what is below it is not.
beneath_of='(.mounts[]|select(.destination=="/v"))|=(.source=($bundle+"/base/d/file")|
    .options=["bind","ro","src-beneath="+$bundle+"/base"])'

attack_beneath() { # [FILTER...]
    source_bundle "$beneath_of" "$@"
    ln -s vol "$bundle/base"
    start
    [ "$runtime" != rcrun ] || [ "$(grep -v warning "$out")" = inner ] || { cat "$out"; return 1; }
    mv "$bundle/vol/d" "$bundle/vol/e"
    for to in "$outside" "../../outside" e; do
        ln -sfn "$to" "$bundle/vol/d"
        start
        breach_if "the link to $to was followed" grep -qE '^(marker|inner)$' "$out"
        [ "$runtime" != rcrun ] || grep -q 'symbolic link' "$out" || { cat "$out"; return 1; }
    done
    rm "$bundle/vol/d"
    mkdir "$bundle/vol/d"
    ln -s "$outside/file" "$bundle/vol/d/file"
    start
    breach_if 'the last link was followed' grep -q marker "$out"
    [ "$runtime" != rcrun ] || grep -q 'symbolic link' "$out" || { cat "$out"; return 1; }
}

@test "PATH-04: src-beneath follows no link below its base" { holds beneath; }
@test "PATH-04: src-beneath does so when sources are opened early" {
    need_subids
    holds beneath "$pinned"
}
@test "PATH-04 control: a runtime that follows it there" {
    falls mutant:nofollow beneath
    [ -z "$sub_first" ] || falls mutant:nofollow beneath "$pinned"
}

attack_beneath_swap() { # COUNT
    source_bundle "$beneath_of"
    ln -s vol "$bundle/base"
    swapping "$bundle/vol/d" "$bundle/vol/l" race "$1" --word marker
}

@test "PATH-04: a source below its base swapped for a link, 300 starts" { holds beneath_swap 300; }
@test "PATH-04 control: a runtime that follows it below the base, as often" {
    falls mutant:nofollow beneath_swap 300
}

# ---- PATH-05: CVE-2026-55686: the working directory ------------------------------------------------

attack_cwd_made() {
    bundle box '.process.cwd="/wd/new/dir"'
    ln -s "$outside" "$root/wd"
    start
    [ ! -e "$root$outside/new/dir" ] || [ "$status" = 0 ]
}

@test "PATH-05: a working directory is made inside" { holds cwd_made; }
@test "PATH-05 control: a runtime that makes it on the host" { falls mutant:cwd-made cwd_made; }

# ---- PATH-07: files that rcrun reads ---------------------------------------------------------------

attack_passwd() { # KIND
    local file inner=(sh -c 'ulimit -v 200000; exec "$@"' sh) began
    SECONDS_EACH=3
    case $runtime in runc | crun) inner=() ;; esac # they want more for themselves
    bundle box 'del(.process.env[1])' '.process.user={uid:0,gid:0}'
    script 'echo "HOME=$HOME"'
    for file in passwd group; do
        rm -f "$root/etc/$file"
        case $1 in
        fifo) mkfifo "$root/etc/$file" ;;
        sparse) truncate -s 10G "$root/etc/$file" ;;
        line) head -c 1048576 /dev/zero | tr '\0' x >"$root/etc/$file" ;;
        binary) head -c 100000 /dev/urandom >"$root/etc/$file" ;;
        dir) mkdir "$root/etc/$file" ;;
        loop) ln -s "$file" "$root/etc/$file" ;;
        outside) ln -s "$outside/file" "$root/etc/$file" ;;
        control) printf 'root:x:0:0:root:/\033[31m:/bin/sh\n' >"$root/etc/$file" ;;
        *) ln -s "$1" "$root/etc/$file" ;;
        esac
    done
    began=$EPOCHREALTIME
    start
    began=$(((${EPOCHREALTIME/[.,]/} - ${began/[.,]/}) / 1000))
    [ "$runtime" != rcrun ] || ((began < 2000)) || breach "it took $began ms"
    [ "$runtime" != rcrun ] || [ "$(<"$out")" = HOME=/ ] || { cat "$out"; return 1; }
}

@test "PATH-07: a hostile /etc/passwd is no reason to wait, to grow or to fail" {
    local kind
    for kind in fifo sparse line binary dir loop outside control /dev/zero /dev/tty /proc/kmsg \
        /proc/self/environ /proc/1/fd/1; do
        echo "kind $kind"
        holds passwd "$kind"
    done
}
@test "PATH-07 control: runc" { falls runc passwd fifo; }
@test "PATH-07 control: crun" { falls crun passwd fifo; }
@test "PATH-07 control: a runtime that simply reads it" { falls mutant:read passwd fifo; }
