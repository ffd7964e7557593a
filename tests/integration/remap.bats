#!/usr/bin/env bats
# A root directory becomes one for other ids.

load lib

setup() {
    integration_setup
    need_ids
    [ -x "${RCRUN%/*}/rcrun-unpack" ] || skip 'rcrun-unpack is not built'
}

# All that there is to know of the files, as the container sees it.
list() { # MAP
    "$RCRUN" unshare --userns "$1" -- sh -c 'cd rootfs
        find . -printf "%p %m %U:%G %T@ %n %y %s %l\n" | sort
        getcap -r . | sort
        getfattr -R -h -d -m - . 2>/dev/null | grep -v "^security.capability"
        find . -type f | sort | xargs sha256sum'
}

tree() {
    "$RCRUN" unshare -- sh -c 'cd rootfs
        mkdir -p a/b p e && echo 1 >f0
        for i in 1 42 999 '"$(id -u)"' 65535; do echo $i >f$i; chown $i:$i f$i; done
        ln f42 a/hard && ln -s ../f1 a/link && mkfifo ff
        echo s >p/x && chown -R 33:33 p && chmod 700 p && chmod 4755 f999 && chmod 1777 a
        truncate -s 100M holes && setfattr -n user.k -v "a b" f1
        echo >cap && setcap cap_net_raw+ep cap && chmod 500 e
        touch -d "2001-01-01 00:00:00.123456789" f0 e'
}

@test "there and back all owners are the same, inside" {
    bundle
    tree
    list default >before
    rcrun remap --userns keep-id .
    ok
    out "$B/rootfs is now for --userns keep-id"
    list keep-id >after
    diff before after
    is "$(stat -c %u rootfs/f0)" "$(stat -c %u rootfs/bin)"
    [ "$(stat -c %u rootfs/f0)" != "$(id -u)" ]
    is "$(stat -c %u "rootfs/f$(id -u)")" "$(id -u)"
    is "$(jq -r .map .rcrun-map)" keep-id
    # It holds for who runs it.
    go true
    refused root.path '--userns keep-id'
    cfg --argjson u "$(id -u)" '.annotations["org.rcrun.userns"] = "keep-id" | .process.user = {uid: $u, gid: $u}'
    go stat -c %u /f0 /f42
    ok
    out $'0\n42'
    rcrun remap --userns keep-id .
    ok
    out "$B/rootfs is already for --userns keep-id"
    rcrun remap --userns default .
    ok
    list default >after
    diff before after
    is "$(stat -c %u rootfs/f0)" "$(id -u)"
    # Nothing is left beside it.
    is "$(find . -maxdepth 1 ! -name . | sort)" "$(printf './%s\n' .rcrun-map after before config.json rootfs | sort)"
}

@test "to one id all is the caller's, and it says so" {
    bundle
    tree
    rcrun remap --userns single .
    rc 0
    says 'are yours now'
    is "$(find rootfs -printf '%U\n' | sort -u)" "$(id -u)"
    is "$(jq -r .map .rcrun-map)" single
}

@test "a failure changes nothing" {
    bundle
    tree
    list default >before
    # Half way the disk is full.
    PREFIX=(sh -c 'ulimit -f 100; trap "" XFSZ; exec "$@"' sh)
    rcrun remap --userns keep-id .
    rc 1
    PREFIX=()
    list default >after
    diff before after
    is "$(find . -maxdepth 1 -name '.rootfs*')" ''
    [ ! -e .rcrun-map ]
}

@test "interrupted it leaves nothing" {
    bundle
    "$RCRUN" unshare -- sh -c 'cd rootfs && for d in $(seq 200); do mkdir d$d; for f in $(seq 30); do echo >d$d/$f; done; done; chown -R 33 d1'
    "$RCRUN" remap --userns keep-id . 3>&- >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" &
    pid=$!
    until_ok 5 sh -c 'ls -d .rootfs.*/d* >/dev/null 2>&1 || "$RCRUN" unshare --userns keep-id ls -d .rootfs.*/bin'
    kill -TERM $pid
    status=0
    wait $pid || status=$?
    case $status in 143 | 0) ;; *) fail "status $status" "$(cat "$BATS_TEST_TMPDIR/err")" ;; esac
    is "$(find . -maxdepth 1 -name '.rootfs*')" ''
    [ $status = 0 ] || is "$(stat -c %u rootfs/d2/1)" "$(id -u)"
}

@test "what cannot be" {
    bundle
    rcrun remap .
    refused '--userns MAP is missing'
    rcrun remap --userns x .
    refused '--userns: x: wants'
    rcrun remap --userns keep-id nosuch
    refused nosuch
    echo '{"map":"default","base":7,"gbase":7}' >.rcrun-map
    rcrun remap --userns keep-id .
    refused 'subordinate ids from 7 on, which are not yours now'
    rm .rcrun-map
    mkdir ../other && mv rootfs ../other
    cfg '.root.path = "../other/rootfs"'
    rcrun remap --userns keep-id .
    refused 'root.path' 'is not in the bundle'
    ln -s ../other/rootfs rootfs
    cfg '.root.path = "rootfs"'
    rcrun remap --userns keep-id .
    refused 'is no directory'
}

@test "a root directory that something is mounted on stays as it was" {
    bundle
    rcrun remap --userns keep-id .
    ok
    cp .rcrun-map before
    HOST="mount --bind rootfs rootfs"
    HOST_AS=(unshare --user --map-root-user --map-auto --mount)
    rcrun remap --userns single .
    rc 1
    says rootfs
    diff before .rcrun-map
    is "$(find . -maxdepth 1 -name '.rootfs*')" ''
}
