#!/usr/bin/env bats
# Roots that are overlays: thrown away, or kept.

load lib
load overlay

# ---- thrown away ---------------------------------------------------------------------------

@test "a container may do anything to an ephemeral root, and the next one sees nothing of it" {
    need_ids
    bundle
    mkdir -p rootfs/lower/sub rootfs/gone/deep/er
    touch rootfs/lower/file rootfs/gone/deep/er/file rootfs/renamed
    before=$(sum_of rootfs)
    ephemeral
    all_caps
    gosh 'set -e
        rm -r /gone && [ ! -e /gone ]
        rm -r /lower && mkdir /lower && [ -z "$(ls -A /lower)" ]
        mv /renamed /new && [ -e /new ]
        chown 33:33 /etc/passwd && chmod 600 /etc/passwd
        mkfifo /fifo && ln /etc/passwd /hard && ln -s nowhere /soft
        truncate -s 1073741824 /sparse && echo tail >>/sparse
        mv /home/u /home/v 2>/dev/null || cp -a /home/u /home/v
        stat -c %u:%g:%a:%h /etc/passwd'
    ok
    out 33:33:600:2
    [ "$(sum_of rootfs)" = "$before" ]
    gosh 'ls -d /gone/deep/er/file /lower/sub /renamed; ls /new /fifo 2>/dev/null; stat -c %u:%a /etc/passwd'
    line 0:644
    line /lower/sub
    lacks fifo
}

@test "attributes, and files without a name, in an ephemeral root" {
    [ -L /lib ] && [ -x /usr/bin/setfattr ] && [ -x /usr/bin/perl ] || skip 'needs setfattr and perl in /usr'
    bundle
    # The programs of the host.
    rm -r rootfs/usr
    for i in lib lib64; do ln -s "usr/$i" rootfs/$i; done
    mnt /usr none /usr rbind ro
    touch rootfs/file
    setfattr -n user.low -v 1 rootfs/file
    ephemeral
    # shellcheck disable=SC2016 # of perl
    gosh 'set -e; cd /; PATH=/usr/bin:/bin; export LC_ALL=C; setfattr -n user.x -v y file etc; setfattr -x user.low file
        touch new; setfattr -n user.x -v z new; getfattr --only-values -n user.x file etc new; echo
        getfattr -d -m user.low file
        perl -MFcntl -e '"'"'sysopen(F, "/etc", 0x410000 | O_RDWR, 0600) or die "no: $!"; syswrite(F, "made"); sysseek(F, 0, 0);
            sysread(F, $x, 9); print "$x\n"'"'"
    ok
    out $'yyz\nmade'
    is "$(getfattr -d -m user rootfs/file rootfs/etc 2>/dev/null | grep "=")" 'user.low="1"'
}

@test "programs of an ephemeral root run as their owner, where the config lets them" {
    need_ids
    bundle
    # This one says so.
    cp "$RCRUN" rootfs/bin/rcrun
    ephemeral
    cfg '.process.noNewPrivileges = false'
    user 33
    go rcrun --version
    [ "$status" -eq 0 ] || skip 'this rcrun needs libraries'
    chmod 4755 rootfs/bin/rcrun
    go rcrun --version
    refused set-user-ID
    cfg '.process.noNewPrivileges = true'
    go rcrun --version
    ok
}

@test "an ephemeral root is not synced, and nobody reads the list of mounts for it" {
    command -v strace >/dev/null || skip 'strace is not installed'
    [ "${SANITIZERS-no}" != yes ] || skip 'sanitizers do not like to be traced'
    bundle
    ephemeral
    cfg '.annotations["org.rcrun.userns"] = "single"'
    PREFIX=(strace -f -qq -o "$B/trace")
    gosh 'echo x >/file'
    ok
    grep -q 'fsopen("overlay"' trace
    ! grep -E '(fsync|syncfs|fdatasync)\(|\bsync\(|mountinfo' trace || fail "$(grep -E 'sync|mountinfo' trace)"
}

@test "the root looks like root.path, and has its size" {
    bundle
    chmod 751 rootfs
    ephemeral 10m
    gosh 'stat -c %a:%u:%g /; df -k / | awk "END { print \$2 }"; grep " / / " /proc/self/mountinfo | sed "s/.* - //"'
    rc 0
    line 751:0:0
    has overlay
    has ,userxattr
    lacks redirect_dir=on
    # Before Linux 6.6 it is on a disk.
    if ! newer_than 6 6; then
        says 'annotations["org.rcrun.root.size"]: without effect'
        return
    fi
    ok
    line 10240
    gosh 'dd if=/dev/zero of=/big bs=1M count=20'
    rc 1
    says 'No space left on device'
}

@test "missing mount points are made in the upper layer, also over a read-only file system" {
    bundle
    rmdir rootfs/proc rootfs/sys
    ephemeral
    host 'mount --bind rootfs rootfs; mount -o remount,bind,ro rootfs'
    gosh 'ls -d /proc/self /sys; touch /x && echo written'
    ok
    line written
    [ ! -e rootfs/proc ] && [ ! -e rootfs/x ]
}

@test "root.readonly: there is no upper layer, and root.path stays as it is" {
    bundle
    cfg '.root.readonly = true'
    ephemeral
    gosh 'grep " / / " /proc/self/mountinfo; touch /x'
    rc 1
    says 'Read-only file system'
    lacks overlay
    says 'annotations["org.rcrun.root.overlay"]: without effect, since root.readonly is set'
    rmdir rootfs/sys
    go
    rc 1
    says 'mount point /sys is missing and cannot be made'
    [ ! -e rootfs/sys ]
    mkdir -p l/sys l/more
    lowers "$PWD/l"
    gosh 'ls -d /more; touch /x'
    rc 1
    line /more
    says 'Read-only file system'
}

@test "layers without an upper one are read-only, which is told" {
    bundle
    mkdir -p l/etc
    echo one >l/etc/name
    lowers l
    gosh 'cat /etc/name; touch /x'
    rc 1
    line one
    says 'the root is read-only, since there is no upper layer'
    says 'Read-only file system'
}

@test "created, started and deleted, an ephemeral root leaves nothing" {
    bundle
    ephemeral
    args sh -c 'touch /x; exec sleep 1000'
    lives create "$ID"
    ok
    rcrun start "$ID"
    ok
    rcrun exec "$ID" ls /x
    ok
    rcrun delete --force "$ID"
    ok
    [ ! -e rootfs/x ]
}

@test "100 containers write to one root at the same time" {
    bundle
    ephemeral
    before=$(sum_of rootfs)
    export RCRUN
    args sh -c 'rm -r /etc && mkdir /etc && echo "$0" >/etc/me && cat /etc/me' me
    # By a pipe: sendfile(2), which cat takes, gets lines over each other in a file that is shared.
    printf '%s\n' {1..100} | xargs -P 10 -I {} timeout 60 sh -c \
        '"$RCRUN" run "$1.{}" </dev/null || echo "{}: $?"' sh "$ID" 2>&1 | cat >said
    [ "$(sort -u said)" = me ] || fail "$(sort said | uniq -c)"
    [ "$(wc -l <said)" -eq 100 ]
    [ "$(sum_of rootfs)" = "$before" ]
}

@test "root of the container is somebody else than the caller" {
    need_ids
    bundle
    cfg '.annotations["org.rcrun.userns"] = "keep-id:uid=1000,gid=1000"'
    user 1000
    chmod 700 "$B"
    ephemeral
    gosh 'id -u; touch /home/u/x && stat -c %u /home/u/x'
    rc 0
    line 1000
    kept up
    lowers "$B/low"
    mkdir low
    touch low/there
    gosh 'touch /home/u/x; ls /there'
    rc 0
    line /there
    [ "$(stat -c %U up/diff/home/u/x)" = "$(id -un)" ]
}

# ---- kept ----------------------------------------------------------------------------------

@test "an upper layer keeps what was changed" {
    bundle
    kept up
    before=$(sum_of rootfs)
    gosh 'rm -r /home; mkdir /home; touch /home/new; echo changed >/etc/group; rm /etc/passwd'
    ok
    [ "$(stat -c %a up)" = 700 ]
    [ "$(sum_of rootfs)" = "$before" ]
    gosh 'ls -A /home; cat /etc/group; ls /etc/passwd 2>/dev/null'
    line new
    line changed
    lacks passwd
    [ ! -e rootfs/home/new ]
    # Plain words of the caller: all of it is his, with one id at least.
    [ -e up/diff/home/new ]
}

@test "where the root is read-only, what was kept is shown and not written" {
    bundle
    kept up
    gosh 'echo kept >/new; rm /etc/hosts 2>/dev/null; rm -r /home'
    ok
    before=$(sum_of up/diff)
    cfg '.root.readonly = true'
    gosh 'cat /new; ls -d /home; touch /x'
    rc 1
    line kept
    says 'Read-only file system'
    lacks /home
    [ "$(sum_of up/diff)" = "$before" ] && [ ! -e rootfs/new ]
    # Nothing was kept yet.
    kept other
    gosh 'cat /new; ls -d /home'
    line /home
    lacks kept
    [ ! -e other ]
}

@test "a volume out of the root directory is that, not what lies over it" {
    bundle
    mkdir -p rootfs/home/data low
    ephemeral
    lowers low
    cfg --arg s "$PWD/rootfs/home" '.mounts += [
        { destination: "/home", source: $s, options: ["rbind"] },
        { destination: "/data", source: ($s + "/data"), options: ["bind"] }]'
    gosh 'echo kept >/home/file; echo kept >/data/file; echo gone >/file'
    ok
    [ "$(cat rootfs/home/file rootfs/home/data/file)" = $'kept\nkept' ] && [ ! -e rootfs/file ]
}

@test "what one driver wrote, another does not touch" {
    bundle
    kept up
    gosh 'touch /x'
    ok
    sed -i 's/"driver":"kernel"/"driver":"fuse"/' up/.rcrun-upper
    before=$(cat up/.rcrun-upper; sum_of up/diff)
    go
    rc 1
    says "$B/up was written by the fuse driver"
    says '--overlay-driver=fuse'
    [ "$(cat up/.rcrun-upper; sum_of up/diff)" = "$before" ]
    # The same for one without a mark.
    rm up/.rcrun-upper
    touch up/diff/.wh.passwd
    go
    rc 1
    says 'up/diff was made by fuse-overlayfs'
    rm up/diff/.wh.passwd
    mkdir -p up/diff/sub
    touch up/diff/sub/.wh..opq
    go
    rc 1
    says 'was made by fuse-overlayfs'
}

@test "what was written with some ids is not shown with others" {
    need_ids
    bundle
    kept "$PWD/up"
    cfg 'del(.linux.uidMappings, .linux.gidMappings) | .annotations["org.rcrun.userns"] = "keep-id"'
    go touch /file
    ok
    cfg '.annotations["org.rcrun.userns"] = "default"'
    go true
    rc 1
    says 'was written with other ids'
    says 'hint: use the --userns of that time'
    cfg '.annotations["org.rcrun.userns"] = "keep-id"'
    go ls /file
    ok
}

@test "an upper layer has one writer, who is named; when he is dead, the next may" {
    bundle
    kept up
    start sh -c 'echo "$0" >/mine; exec sleep 1000' first
    until_ok 5 test -s up/diff/mine
    rcrun run "$ID.2"
    rc 1
    says "upper $B/up is in use by container $ID (process $(init_pid))"
    mkdir -m 700 other
    rcrun --root "$B/other" run "$ID.2"
    rc 1
    says "in use by container $ID "
    # As a lower layer it is no better.
    jq --arg l "$B/up/diff" '.annotations["org.rcrun.root.lower.0"] = $l
        | .annotations["org.rcrun.root.upper"] = "up2"' config.json >lower.json
    rcrun run --config lower.json "$ID.3"
    rc 1
    says "lower layer $B/up/diff is the upper one of container $ID "
    kill -9 "$(init_pid)"
    wait "$PARENT" || true
    gosh 'cat /mine'
    ok
    out first
}

@test "both rcrun and the container are killed, and the upper layer goes on" {
    bundle
    kept up
    start sh -c 'echo here >/mine; exec sleep 1000'
    until_ok 5 test -s up/diff/mine
    kill -9 "$PARENT"
    wait "$PARENT" || true
    no_processes
    rcrun delete --force "$ID"
    gosh 'cat /mine'
    ok
    out here
}

# Why all this: without the kernel's lock the second mount takes the first one's writes away.
@test "control: two mounts of one upper layer, without the lock, break each other" {
    need_mapped
    mkdir -p l/dir u w m1 m2
    touch l/file l/dir/file
    run mapped --mount sh -c '
        mount -t overlay -o userxattr,lowerdir=l,upperdir=u,workdir=w o m1 || exit 9
        mount -t overlay -o userxattr,lowerdir=l,upperdir=u,workdir=w o m2 || exit 8
        rm m1/file && rm -r m1/dir && mkdir m1/dir && echo x >m1/dir/new'
    [ "$status" -ne 9 ] && [ "$status" -ne 8 ] || skip 'no overlay with mount(8) here'
    [ "$status" -ne 0 ]
    run mapped --mount sh -c '
        mount -t overlay -o userxattr,index=on,lowerdir=l,upperdir=u,workdir=w o m1 || exit 9
        mount -t overlay -o userxattr,index=on,lowerdir=l,upperdir=u,workdir=w o m2'
    [ "$status" -ne 0 ] && [ "$status" -ne 9 ]
    [[ $output == *m2* ]]
}

@test "who has mounted an upper layer besides rcrun is noticed by the kernel" {
    need_mapped
    bundle
    kept up
    gosh 'touch /x'
    ok
    mapped --mount sh -c 'mkdir m && mount -t overlay \
        -o userxattr,index=on,lowerdir=rootfs,upperdir=up/diff,workdir=up/work o m && echo >ready; exec sleep 1000' \
        3>&- &
    holder=$!
    until_ok 5 test -e ready
    go
    kill "$holder"
    rc 1
    says "upper $B/up is still mounted, by processes of container $ID"
}

@test "volatile: the next start says what it may have lost" {
    bundle
    kept up
    cfg '.annotations["org.rcrun.root.volatile"] = "true"'
    gosh 'grep -c volatile /proc/self/mountinfo'
    ok
    go
    rc 1
    says "upper $B/up was written without a sync"
    says "rcrun unshare rm -r $B/up/work/work/incompat"
    "$RCRUN" unshare rm -r up/work/work/incompat
    go
    ok
}

@test "a start that fails takes away what it made, and nothing else" {
    bundle
    kept up
    go nothing-like-it
    rc 1
    [ ! -e up ]
    mkdir -m 755 up
    touch up/mine
    go nothing-like-it
    rc 1
    [ "$(ls -A up)" = mine ]
    gosh 'touch /x'
    ok
    before=$(sum_of up/diff)
    go nothing-like-it
    rc 1
    [ "$(sum_of up/diff)" = "$before" ]
}

@test "FS-44: what is no file cannot tell who has an upper layer" {
    bundle
    kept up
    mkdir up
    for what in 'mkfifo up/.rcrun-upper' 'mkdir up/.rcrun-upper' 'ln -s nowhere up/.rcrun-upper' \
        'ln -s /dev/zero up/.rcrun-upper'; do
        $what
        go
        refused "$B/up: .rcrun-upper is not a regular file"
        hint 'use an empty directory'
        rm -r up/.rcrun-upper
    done
    mkdir -p low/diff
    mkfifo low/.rcrun-upper
    lowers "$B/low/diff"
    go
    refused "$B/low: .rcrun-upper is not a regular file"
}

@test "FS-40: an upper layer that lies in a lower one, or a lower one in it, by another name" {
    bundle
    mkdir -p up/low
    ln -s up/low link
    ln -s rootfs/home home
    kept up
    lowers "$B/link"
    go
    refused "the upper layer $B/up and the lower one $B/link lie in each other"
    kept home/up
    go
    refused "the upper layer $B/home/up and the lower one $B/rootfs lie in each other"
    [ ! -e home/up ]
}

@test "an upper layer that lies in a lower one, or cannot be one" {
    bundle
    kept rootfs/up
    go
    rc 1
    says "the upper layer $B/rootfs/up and the lower one $B/rootfs lie in each other"
    [ ! -e rootfs/up ]
    kept /proc/up
    go
    rc 1
    says '/proc/up'
    mkdir up
    ln -s /etc up/diff
    kept up
    go
    rc 1
    says "$B/up/diff"
}

@test "the kernel's own words are in the error" {
    need_mapped
    bundle
    mkdir l u w m
    kept "$B/m/up"
    host 'mount -t overlay -o userxattr,lowerdir=l,upperdir=u,workdir=w o m'
    go
    rc 1
    # Before Linux 6.3 the probe finds out.
    [[ $stderr == *'not supported as upperdir'* ]] || says "no upper layer can be in $B/m/up, on overlay"
    says 'use a directory on another disk'
    mapped rm -rf w
}

@test "benchexec 1067: an overlay on an overlay works, and one more is refused with the reason" {
    need_mapped
    bundle
    ephemeral
    mkdir m m2 x y
    host 'mount -t overlay o m -o lowerdir=rootfs:x && mount --bind m rootfs'
    gosh 'rm -r /etc && touch /x && echo fine'
    ok
    out fine
    host 'mount -t overlay o m -o lowerdir=rootfs:x && mount -t overlay o m2 -o lowerdir=m:y && mount --bind m2 rootfs'
    go
    rc 1
    says 'no more than two overlays lie on each other'
}
