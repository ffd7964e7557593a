#!/usr/bin/env bats
# Mounts with id maps of their own, for the real root: what he binds is a file system of the host.

load lib
load ../integration/mounts

# A bundle whose folder `src` is a file system of the host. It is twice in the container: mapped at /m
# as mounts[5], and at /raw as it is.
on() { # tmpfs|ext4|overlay|fuse [OPTION...]
    local kind=$1
    shift
    rm -rf "${B:-$BATS_TEST_TMPDIR/b}"
    PREFIX=()
    bundle
    mkdir -p src tree/sub
    touch tree/one tree/two
    chown 1:2 tree/one
    chown 100001:100002 tree/two
    case $kind in
    tmpfs)
        newer_than 6 3 || skip 'Linux 6.3 is the first that maps the ids of a tmpfs'
        HOST="mount -t tmpfs src $B/src; cp -a $B/tree/. $B/src"
        ;;
    ext4)
        mke2fs -q -t ext4 -O ^has_journal -d tree src.img 8M >&2
        HOST="mount -o loop $B/src.img $B/src"
        ;;
    overlay)
        mkdir up work
        HOST="mount -t overlay -o lowerdir=$B/tree,upperdir=$B/up,workdir=$B/work src $B/src"
        ;;
    esac
    unshare --mount --propagation private sh -ec "$HOST" || skip "no $kind here"
    mnt /raw none src rbind
    mnt /m none src "$@"
}

maps() { # CONTAINERID HOSTID SIZE: of mounts[5], for both kinds
    cfg --argjson c "$1" --argjson h "$2" --argjson s "$3" \
        '.mounts[5].uidMappings = [{containerID: $c, hostID: $h, size: $s}] | .mounts[5].gidMappings = .mounts[5].uidMappings'
}

user_ns() { # FIRST SIZE: of the host
    cfg --argjson f "$1" --argjson n "$2" '.linux.uidMappings = [{containerID: 0, hostID: $f, size: $n}]
        | .linux.gidMappings = .linux.uidMappings'
    chown -R "$1:$1" rootfs
}

owners='stat -c "%n %u:%g" /m /m/one /m/sub /m/two; grep " /m " /proc/self/mountinfo | grep -o idmapped'

@test "without a user namespace: ids on disk become those of the mappings, and back" {
    for kind in tmpfs ext4; do
        on $kind bind
        without user
        maps 0 5000 100
        user 5000
        gosh "$owners; touch /m/new; stat -c %u:%g /m/new /raw/new"
        ok
        out $'/m 5000:5000\n/m/one 5001:5002\n/m/sub 5000:5000\n/m/two 65534:65534\nidmapped\n5000:5000\n0:0'
        # Who has no id on disk makes nothing there.
        user 0
        gosh 'touch /m/newer'
        rc 1
        says 'Value too large'
    done
}

@test "with a user namespace: idmap takes its maps" {
    for kind in tmpfs ext4; do
        on $kind bind idmap
        user_ns 100000 1000
        gosh "$owners; touch /m/new; chown 7:8 /m/new; stat -c %u:%g /m/new /raw/new /raw/two"
        ok
        # The host's 7 is nobody inside, and its 100001 is 1.
        out $'/m 0:0\n/m/one 1:2\n/m/sub 0:0\n/m/two 65534:65534\nidmapped\n7:8\n65534:65534\n1:2'
    done
}

@test "with a user namespace: mappings are ids of the host" {
    on ext4 bind idmap ro
    user_ns 100000 1000
    maps 0 100500 2
    gosh "$owners; touch /m/x"
    rc 1
    out $'/m 500:500\n/m/one 501:65534\n/m/sub 500:500\n/m/two 65534:65534\nidmapped'
    says 'Read-only'
    # One that the container does not have is nobody.
    maps 0 5000 100
    gosh "$owners"
    ok
    out $'/m 65534:65534\n/m/one 65534:65534\n/m/sub 65534:65534\n/m/two 65534:65534\nidmapped'
}

@test "idmap is for the mount itself, ridmap for those below it, too" {
    for words in 'rbind idmap' 'rbind ridmap'; do
        # shellcheck disable=SC2086 # words
        on ext4 $words
        user_ns 100000 1000
        HOST+="; mount -t tmpfs below $B/src/sub; touch $B/src/sub/file"
        gosh 'stat -c %u:%g /m/sub/file'
        ok
        case $words in *ridmap) out 0:0 ;; *) out 65534:65534 ;; esac
    done
}

@test "a container that joins a user namespace" {
    on tmpfs bind idmap
    user_ns 100000 1000
    unshare --user sleep 60 3>&- &
    local pid=$!
    until_ok 5 grep -q sleep "/proc/$pid/comm"
    echo 0 100000 1000 >"/proc/$pid/gid_map"
    echo 0 100000 1000 >"/proc/$pid/uid_map"
    cfg --arg p "/proc/$pid/ns/user" '.linux.namespaces |= map(if .type == "user" then .path = $p else . end)
        | del(.linux.uidMappings, .linux.gidMappings)'
    gosh "$owners"
    kill "$pid"
    ok
    out $'/m 0:0\n/m/one 1:2\n/m/sub 0:0\n/m/two 65534:65534\nidmapped'
}

@test "flags that the host's mount has stay locked in a mount whose ids are mapped" {
    on ext4 bind idmap
    user_ns 100000 1000
    all_caps
    HOST+="; mount -o remount,bind,ro,nosuid,nodev $B/src"
    gosh 'mount -o remount,bind,rw,suid,dev /m 2>&1; touch /m/x 2>&1; grep " /m " /proc/self/mountinfo'
    rc 0
    has 'ermission'
    has 'Read-only'
    has 'ro,nosuid,nodev'
}

@test "an overlay of the host cannot map ids, and the line says which mount that is" {
    on overlay bind
    maps 0 0 10
    user_ns 100000 1000
    go true
    refused 'mounts[5]' "$B/src" 'invalid argument'
    hint overlay
}

@test "without a user namespace: idmap needs mappings, and a tmpfs takes them" {
    on tmpfs bind idmap
    without user
    go true
    refused 'mounts[5].options' mappings
    maps 0 5000 1
    cfg '.mounts[5] |= (.type = "tmpfs" | .source = "tmpfs" | .options = ["idmap", "mode=777"])'
    user 5000
    gosh 'touch /m/x; stat -c %u:%g /m /m/x'
    ok
    out $'5000:5000\n5000:5000'
}

# The process of a namespace that is made for a map, as long as strace keeps it from being killed, and what
# somebody of the same uid without any capability may do with it.
look_into() { # PID
    setpriv --bounding-set=-all --inh-caps=-all readlink "/proc/$1/root"
}

@test "who has root's uid and no power cannot take over the process that a map is made with" {
    need_strace
    on tmpfs bind
    without user
    maps 0 5000 100
    # The control: any other process of root in a user namespace of its own.
    unshare --user sleep 60 3>&- &
    local control=$! pid
    until_ok 5 grep -q sleep "/proc/$control/comm"
    until_ok 5 look_into "$control"
    PREFIX=(strace -f -qq -o strace.out -e trace=kill -e inject=kill:delay_enter=2000000)
    start true
    maker() {
        pid=$(pgrep -f "rcrun.* $ID" | while read -r p; do
            [ "$(readlink "/proc/$p/ns/user")" = "$(readlink /proc/self/ns/user)" ] || echo "$p"
        done)
        [ -n "$pid" ]
    }
    until_ok 5 maker
    until_ok 5 grep -q 5000 "/proc/$pid/uid_map"
    run look_into "$pid"
    [ "$status" -ne 0 ]
    [[ $output != / ]]
    kill "$control"
    wait "$PARENT"
}
