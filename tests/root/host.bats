#!/usr/bin/env bats
# Mounts, files and limits of the host that only root can make.

load lib

mount_of() { # DESTINATION: options and optional fields
    awk -v at="$1" '$5 == at { o = $6; for (i = 7; $i != "-"; i++) o = o " " $i } END { print o }' <<<"$output"
}

@test "flags of a source that root has mounted stay, and cannot be cleared" {
    bundle
    mkdir src
    HOST="mount -t tmpfs -o nosuid,nodev,noexec,noatime,mode=755 src $B/src; echo hi >$B/src/file; mount -o remount,ro,bind $B/src"
    cp config.json plain.json
    mnt /m none src bind
    gosh 'cat /m/file /proc/self/mountinfo'
    ok
    line hi
    is "$(mount_of /m)" ro,nosuid,nodev,noexec,noatime
    for word in ro nosuid nodev noexec noatime rro; do
        cp plain.json config.json
        mnt /m none src bind "$word"
        go cat /proc/self/mountinfo
        ok
        is "$(mount_of /m)" ro,nosuid,nodev,noexec,noatime
    done
    for word in rw suid dev exec relatime strictatime rrw; do
        cp plain.json config.json
        mnt /m none src bind "$word"
        go true
        refused 'mounts[4]' locked
        hint 'leave out'
    done
}

# Of what is below a mount, in the mountinfo of $output.
times() { # DESTINATION
    mount_of "$1" | cut -d' ' -f1 | tr , '\n' | grep atime | paste -sd, || :
}

@test "O-02, O-06, O-15, O-28 to O-31: access times, which without root stay as they are" {
    local word from
    bundle
    chown -R 0:0 "$B"
    cfg '.linux.namespaces |= map(select(.type != "user")) | .mounts |= [.[0]]'
    PREFIX=() GLOBAL=(--root "$BATS_TEST_TMPDIR/state")
    mkdir -m 700 "$BATS_TEST_TMPDIR/state"
    mkdir new old
    HOST="mount -t tmpfs t $B/new; mkdir $B/new/sub; mount -t tmpfs t $B/new/sub
        mount -t tmpfs -o noatime,nodiratime t $B/old; mkdir $B/old/sub; mount -t tmpfs -o noatime,nodiratime t $B/old/sub"
    for word in noatime nodiratime strictatime rnoatime rnodiratime rstrictatime; do
        mnt /new/$word none new rbind $word
    done
    for word in atime diratime relatime ratime rdiratime rrelatime rnorelatime rnostrictatime; do
        mnt /old/$word none old rbind $word
    done
    go cat /proc/self/mountinfo
    ok
    while read -r word top below; do
        is "$word $(times "$word") $(times "$word/sub")" "$word ${top#-} ${below#-}"
    done <<'END'
/new/noatime noatime relatime
/new/nodiratime nodiratime,relatime relatime
/new/strictatime - relatime
/new/rnoatime noatime noatime
/new/rnodiratime nodiratime,relatime nodiratime,relatime
/new/rstrictatime - -
/old/atime nodiratime,relatime noatime,nodiratime
/old/diratime noatime noatime,nodiratime
/old/relatime nodiratime,relatime noatime,nodiratime
/old/ratime nodiratime,relatime nodiratime,relatime
/old/rdiratime noatime noatime
/old/rrelatime nodiratime,relatime nodiratime,relatime
END
}

@test "a root directory on a tmpfs, an overlay, a read-only mount" {
    bundle
    mkdir lower upper work merged
    chown "$uid:$gid" upper
    for mount in "mount -t tmpfs -o nosuid,nodev,uid=$uid,gid=$gid x $B/merged; cp -a $B/rootfs/. $B/merged" \
        "mount -t overlay -o lowerdir=$B/rootfs,upperdir=$B/upper,workdir=$B/work x $B/merged" \
        "mount --bind $B/rootfs $B/merged; mount -o remount,bind,ro $B/merged"; do
        HOST=$mount
        cfg '.root.path = "merged" | .root.readonly = false'
        gosh 'echo ran; touch /x 2>/dev/null && echo rw || echo ro'
        rc 0
        case $mount in *remount*) out $'ran\nro' ;; *) out $'ran\nrw' ;; esac
        cfg '.root.readonly = true'
        gosh 'touch /x 2>/dev/null && echo rw || echo ro'
        rc 0
        out ro
    done
}

@test "an overlay of the host cannot be the upper layer, and the kernel's reason is told" {
    bundle
    mkdir lower upper work merged
    echo low >lower/file
    HOST="mount -t overlay -o lowerdir=$B/lower,upperdir=$B/upper,workdir=$B/work x $B/merged; chmod 777 $B/merged; mkdir -p $B/merged/up $B/merged/wk; chmod 777 $B/merged/up $B/merged/wk"
    mnt /m overlay overlay lowerdir=lower upperdir=merged/up workdir=merged/wk
    go true
    refused 'mounts[4]' overlay
    mnt /m overlay overlay lowerdir=merged:lower
    cfg 'del(.mounts[4])'
    go cat /m/file
    ok
    out low
}

@test "what the host mounts later is seen below a slave, and not below a private mount" {
    bundle
    mkdir -p src/late
    chown -R "$uid:$gid" src
    HOST="mount --bind $B/src $B/src; mount --make-shared $B/src
        (while ! [ -e $B/rootfs/up ]; do sleep .05; done; mount -t tmpfs late $B/src/late; touch $B/src/late/here; touch $B/rootfs/mounted) >/dev/null 2>&1 &"
    HOST+=' :'
    mnt /slave none src rbind rslave
    mnt /private none src rbind
    gosh 'touch /up; while ! [ -e /mounted ]; do usleep 20000; done; echo "slave: $(ls /slave/late)"; echo "private: $(ls /private/late)"'
    ok
    out $'slave: here\nprivate: '
}

@test "nothing of the container shows in the mount namespace of the host, even a shared one" {
    bundle
    mkdir src
    HOST="mount --make-rshared /; cat /proc/self/mountinfo >$B/before; (while ! [ -e $B/rootfs/up ]; do sleep .05; done
        diff $B/before /proc/self/mountinfo >$B/diff && touch $B/same; touch $B/rootfs/looked) >/dev/null 2>&1 &"
    HOST+=' :'
    mnt /m none src rbind rshared
    mnt /t tmpfs tmpfs rshared
    cfg '.linux.rootfsPropagation = "rshared"'
    gosh 'touch /up; while ! [ -e /looked ]; do usleep 20000; done'
    ok
    [ -e same ] || fail "$(cat diff)"
}

@test "a place that another user has closed is named, one that is only his is bound" {
    bundle
    mkdir -p closed/src open/src
    echo text >open/src/file
    chown -R 0:0 closed open
    chmod 700 closed
    chmod 711 open
    mnt /m none open/src bind
    go stat -c '%u %n' /m/file
    ok
    out '65534 /m/file'
    mnt /n none closed/src bind
    go true
    refused 'mounts[5].source' "$B/closed" 'permission denied'
    cfg 'del(.mounts[4, 5]) | .root.path = "closed/rootfs"'
    go true
    refused root.path "$B/closed"
}

@test "a root directory of another user runs, with a warning" {
    bundle
    chown -R 0:0 rootfs
    go id -u
    rc 0
    out 0
    says 'rcrun: warning: root.path'
    says 'not mapped'
}

@test "a hidden part of the host's proc forbids a new one, and is named" {
    bundle
    for place in /proc/sys /proc/irq /proc/scsi; do
        [ -d $place ] && [ -n "$(ls -A $place)" ] || continue
        HOST="mount -t tmpfs -o ro hide $place"
        go true
        refused 'mounts[0]' proc
        hint "$place"
    done
    [ -e /proc/kcore ] || return 0
    HOST='mount --bind /dev/null /proc/kcore'
    go true
    refused 'mounts[0]' proc
    hint /proc/kcore
}

@test "a new proc has the access times that the host's has" {
    bundle
    HOST='mount -o remount,bind,noatime /proc'
    go cat /proc/self/mountinfo
    ok
    is "$(mount_of /proc)" rw,noatime
}

@test "devices of the host that are missing or wrong" {
    bundle
    # Not everybody has this one.
    HOST='mkdir /tmp/.dev.'$$'; mount --rbind /dev /tmp/.dev.'$$'; mount -t tmpfs -o mode=755,dev dev /dev; mkdir /dev/pts /dev/shm
        for d in null zero full random urandom; do touch /dev/$d; mount --bind /tmp/.dev.'$$'/$d /dev/$d; done; umount -l /tmp/.dev.'$$'; rmdir /tmp/.dev.'$$
    gosh 'test -c /dev/tty || echo none; echo x >/dev/null'
    rc 0
    out none
    says 'rcrun: warning: '
    says /dev/tty
    # A file in the place of the null device must not become a device or a mask.
    echo fake >fake
    chmod 666 fake
    HOST="mount --bind $B/fake /dev/null"
    go true
    refused /dev/null
    cfg '.mounts = [.mounts[0], {destination: "/dev", source: "src", options: ["bind"]}] | .linux.maskedPaths = ["/etc/passwd"]'
    mkdir src
    go true
    refused /dev/null 'not the null device'
}

@test "limits that root has set hold" {
    bundle
    PREFIX=(prlimit --nofile=512:600 --nproc=2000:3000 "${PREFIX[@]}")
    gosh 'ulimit -Sn; ulimit -Hn'
    ok
    out $'512\n600'
    cfg '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 600, hard: 601}]'
    go true
    refused 'process.rlimits[0]' RLIMIT_NOFILE 601 600
}

@test "what root lets the user have of scheduling the container has, too" {
    bundle
    prlimit --rtprio=20 --nice=30 true 2>/dev/null || skip 'root may not raise limits here'
    PREFIX=(prlimit --rtprio=20 --nice=30 "${PREFIX[@]}")
    cfg '.process.scheduler = {policy: "SCHED_FIFO", priority: 10}'
    gosh 'sed "s/.*) //" /proc/self/stat | cut -d" " -f38,39'
    if [ "$status" -ne 0 ]; then
        # Kernels with groups of real-time processes ask for more.
        refused process.scheduler SCHED_FIFO
    else
        out '10 1'
    fi
    cfg '.process.scheduler = {policy: "SCHED_OTHER", nice: -5}'
    gosh 'sed "s/.*) //" /proc/self/stat | cut -d" " -f17'
    ok
    out -5
}

@test "a score of the out-of-memory killer that root has set stays where it cannot be lowered" {
    bundle
    PREFIX=(choom -n 500 -- "${PREFIX[@]}")
    cfg '.process.oomScoreAdj = 100'
    go cat /proc/self/oom_score_adj
    rc 0
    out 500
    says 'rcrun: warning: process.oomScoreAdj: 100'
    cfg '.process.oomScoreAdj = 600'
    go cat /proc/self/oom_score_adj
    ok
    out 600
}

@test "the program of root in a folder of root is not copied, every other is" {
    bundle
    seal() { # FILE -> how: the way of sealing, or none
        RCRUN=$1
        rcrun run --dry-run "$ID"
        rc 0
        how=$(sed -n 's/^ *1 parent seal how=\([a-z]*\) .*/\1/p' <<<"$output" | grep . || echo none)
        go echo ran
        ok
        out ran
    }
    mkdir bin
    cp "$RCRUN" bin/rcrun
    chmod 755 bin/rcrun bin
    chown 0:0 bin bin/rcrun
    seal "$B/bin/rcrun"
    is "$how" none
    chown "$uid" bin/rcrun
    seal "$B/bin/rcrun"
    [ "$how" != none ]
    chown 0 bin/rcrun
    chmod 775 bin
    seal "$B/bin/rcrun"
    [ "$how" != none ]
    chmod 755 bin
    chmod 757 bin/rcrun
    seal "$B/bin/rcrun"
    [ "$how" != none ]
}

@test "rcrun with a set-user-ID bit refuses to run" {
    bundle
    mkdir bin
    cp "$RCRUN" bin/rcrun
    chown 0:0 bin/rcrun
    chmod 4755 bin/rcrun
    RCRUN=$B/bin/rcrun
    go true
    refused set-user-ID
}
