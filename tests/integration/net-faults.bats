#!/usr/bin/env bats
# Processes of a network that die, and what else fails there: NL-03, NL-10, NL-11, REL-08, NX-40 to NX-45.
# The container goes on where it can; what ends leaves no process, no port, no file.

load lib
load net

setup() {
    net_begin 'rcrun-net of this build has no jail'
    bundle_talk
}

teardown() {
    net_finish "$ID"
}

not() {
    ! "$@"
}

# A container in the foreground that serves at port 8080 of the host.  KEEPER, WORKER, MINT, INIT.
runs() { # [OPTION...]
    OPTIONS=(-p 8080:80 "$@")
    start talk serve tcp 0.0.0.0 80 say:inside
    until_ok 5 answers
    look
    # Else it would mean nothing that there is none.
    is "$(helpers)" 3
}

look() {
    local detail
    rcrun state "$ID"
    detail=$(jq -r '.annotations["org.rcrun.network.detail"]' <<<"$output")
    KEEPER=$(jq .pid <<<"$detail") WORKER=$(jq .worker <<<"$detail") MINT=$(jq .mint <<<"$detail")
    INIT=$(jq .pid <<<"$output")
}

answers() {
    at_host timeout 1 "$TALK" get tcp 127.0.0.1 8080 x
}

network_is() { # STATUS [REASON]
    rcrun state "$ID"
    jq -e --arg status "$1" --arg reason "${2-}" '.status == "running"
        and .annotations["org.rcrun.network.status"] == $status
        and (.annotations["org.rcrun.network.reason"] // "") == $reason' <<<"$output" >/dev/null
}

said() { # LINES: all that was said, but for what `delete` makes of it
    is "$(cat "$BATS_TEST_TMPDIR/err")" "$1"
}

ends() {
    kill -KILL "$INIT"
    wait "$PARENT" || :
}

# Nothing runs, nothing listens, and the id is free.
all_over() {
    local left WAY
    way at_host
    until_ok 2 no_helpers
    no_processes 2
    if answers; then fail 'port 8080 is still served'; fi
    "${WAY[@]}" "$TALK" serve tcp 127.0.0.1 8080 say:free </dev/null >free 2>&1 3>&- &
    SERVING+=("$!")
    until_ok 2 grep -q ready free
    rcrun delete --force "$ID"
    rc 0
    left=$(find "$XDG_RUNTIME_DIR/rcrun" -mindepth 1 -maxdepth 1 ! -name .filters)
    is "$left" ''
}

# ---- what dies while it works -------------------------------------------------------------------

@test "NL-10: the worker is killed while bytes go out: they end, the next connection works; twice is once a minute" {
    serve at_lan tcp "$LAN_V4" 7004 sum
    serve at_lan tcp "$LAN_V4" 7005 say:public
    runs
    timeout 20 "${HOST_AS[@]}" "$RCRUN" exec "$ID" talk send tcp "$LAN_V4" 7004 100000000000 \
        </dev/null >upload 2>&1 3>&- &
    SERVING+=("$!")
    sleep 0.3
    kill -KILL "$WORKER"
    until_ok 1 answers
    SECONDS=0
    wait "${SERVING[-1]}" || :
    [ "$SECONDS" -le 3 ] || fail "the upload went on for $SECONDS s"
    grep -q 'reset' upload || fail "$(cat upload)"
    rcrun exec "$ID" talk get tcp "$LAN_V4" 7005 x
    out public
    network_is up
    look
    kill -KILL "$WORKER"
    until_ok 2 network_is down 'was killed by signal 9'
    kill -0 "$PARENT"
    is "$(sed 's/for [0-9]* s/for N s/' "$BATS_TEST_TMPDIR/err")" \
'rcrun: warning: the network starts anew: its worker was killed by signal 9
rcrun: warning: the network is down for N s: its worker was killed by signal 9'
    ends
    all_over
}

@test "NL-10: the mint is killed: published ports go on, and so does what goes out" {
    serve at_lan tcp "$LAN_V4" 7005 say:public
    runs
    kill -KILL "$MINT"
    until_ok 2 answers
    for _ in $(seq 40); do answers >/dev/null || fail 'an answer is missing'; done
    rcrun exec "$ID" talk get tcp "$LAN_V4" 7005 x
    out public
    network_is up
    look
    kill -KILL "$MINT"
    until_ok 2 grep -q 'take no more connections for' "$BATS_TEST_TMPDIR/err"
    rcrun exec "$ID" talk get tcp "$LAN_V4" 7005 x
    out public
    ends
    all_over
}

@test "NL-10: the keeper is killed: worker and mint end, the container goes on, and that is told" {
    runs
    kill -KILL "$KEEPER"
    until_ok 2 not kill -0 "$WORKER"
    until_ok 2 not kill -0 "$MINT"
    until_ok 2 no_helpers
    network_is down 'rcrun-net is gone'
    if answers; then fail 'the port is still served'; fi
    rcrun exec "$ID" true
    ok
    kill -0 "$PARENT"
    is "$(grep -c . "$BATS_TEST_TMPDIR/err")" 1
    grep -q 'the network is down: rcrun-net was killed by signal 9' "$BATS_TEST_TMPDIR/err"
    kill -KILL "$INIT"
    status=0
    wait "$PARENT" || status=$?
    is "$status" 137
    all_over
}

@test "REL-08: the first process is killed: run tells its end, and there is nothing left" {
    runs
    kill -KILL "$INIT"
    status=0
    wait "$PARENT" || status=$?
    is "$status" 137
    until_ok 2 not kill -0 "$KEEPER"
    is "$(cat "$BATS_TEST_TMPDIR/err")" ''
    all_over
}

@test "REL-08: the launcher is killed: all of it ends" {
    runs
    kill -KILL "$PARENT"
    wait "$PARENT" || :
    until_ok 2 not kill -0 "$INIT"
    all_over
}

@test "REL-08: the guard is killed: nothing else is" {
    runs
    for guard in $(children "$PARENT"); do
        case $guard in
        "$INIT" | "$KEEPER") ;;
        *) kill -KILL "$guard" && killed=$guard ;;
        esac
    done
    [ -n "${killed-}" ]
    sleep 0.3
    answers
    ends
    all_over
}

@test "REL-08: a container is deleted while bytes go both ways" {
    serve at_lan tcp "$LAN_V4" 7003 flow:100000000000
    serve at_lan tcp "$LAN_V4" 7004 sum
    runs
    for what in 'take tcp 192.0.2.9 7003' 'send tcp 192.0.2.9 7004 100000000000'; do
        # shellcheck disable=SC2086 # words
        timeout 20 "${HOST_AS[@]}" "$RCRUN" exec "$ID" talk $what </dev/null >/dev/null 2>&1 3>&- &
        SERVING+=("$!")
    done
    sleep 0.3
    rcrun delete --force "$ID"
    ok
    wait "$PARENT" || :
    all_over
}

@test "NL-11: the keeper and the launcher are killed at once" {
    runs
    kill -KILL "$PARENT" "$KEEPER"
    wait "$PARENT" || :
    until_ok 2 not kill -0 "$INIT"
    all_over
}

@test "root of the container deletes the device: told once, and its state says so" {
    all_caps
    runs
    rcrun exec "$ID" ip link del tap0
    ok
    until_ok 2 network_is down "failed: tap is gone, and the container's network with it"
    sleep 0.5
    said "rcrun: warning: the network is down: its worker failed: tap is gone, and the container's network with it"
    ends
    all_over
}

# ---- what dies before it works ------------------------------------------------------------------

# rcrun with a helper of this text, which finds the real one as $REAL.
instead_of_helper() { # SHELL-COMMANDS
    mkdir -p "$TMPDIR/bin"
    cp "$RCRUN" "$TMPDIR/bin/rcrun"
    printf '#!/bin/sh\nPATH=/usr/bin:/bin\nREAL=%s\n%s\n' "${RCRUN%/*}/rcrun-net" "$1" >"$TMPDIR/bin/rcrun-net"
    chmod 755 "$TMPDIR/bin/rcrun-net"
}

fails_clean() { # TEXT
    OPTIONS=(-p 8080:80)
    RCRUN=$TMPDIR/bin/rcrun go sh -c 'echo ran >/ran'
    refused
    grep -qE "$1" <<<"$stderr" || show "wanted: $1"
    [ ! -e rootfs/ran ]
    all_over
    net_free
}

net_free() { # ends what all_over has started to see that it can
    kill "${SERVING[-1]}"
    wait "${SERVING[-1]}" 2>/dev/null || :
    unset 'SERVING[-1]'
}

@test "NL-03: a helper that ends before it works: one line, and nothing is left" {
    instead_of_helper 'exit 3'
    fails_clean 'rcrun-net ended without a word'
    instead_of_helper 'kill -KILL $$'
    fails_clean 'rcrun-net ended without a word'
    instead_of_helper 'exec sleep 0.2'
    fails_clean 'rcrun-net ended without a word'
    rm -r "${TMPDIR:?}/bin"
}

# The helper under strace(1), which kills it at this call; $ran: the container did.
killed_at() { # OPTION CALL:WHEN
    instead_of_helper "exec strace $1 -o $TMPDIR/calls -e inject=${2%:*}:signal=KILL:when=${2#*:} \"\$REAL\" \"\$@\""
    OPTIONS=(-p 8080:80)
    RCRUN=$TMPDIR/bin/rcrun go sh -c 'echo ran >/ran'
    grep -q 'killed by SIGKILL' "$TMPDIR/calls" || fail "nobody was killed: $2"
    ran=no
    [ ! -e rootfs/ran ] || ran=yes
    rm -rf rootfs/ran "$TMPDIR/calls" "${TMPDIR:?}/bin"
}

@test "NX-41: the keeper is killed at its system calls" {
    command -v strace >/dev/null || skip 'needs strace'
    failed=0
    for at in brk:1 openat:2 close:1 close_range:1 fcntl:1 setsid:1 epoll_create1:1 prctl:1 \
        rt_sigaction:1 signalfd4:1 socket:{1,2} bind:{1,2} listen:{1,2} inotify_init1:1 socketpair:1 clone:1 \
        recvmsg:{1,2,3} ioctl:{1,2,3} pidfd_open:1 epoll_ctl:{1,5} sendmsg:1 epoll_wait:1; do
        killed_at -qq "$at"
        if [ "$ran" = no ]; then
            refused 'rcrun-net ended without a word'
            failed=$((failed + 1))
        fi
        all_over
        net_free
    done
    [ "$failed" -gt 20 ] || fail "it was killed only $failed times before it worked"
}

@test "NX-41: the worker is killed before it works: no container; the mint: its ports go another way" {
    command -v strace >/dev/null || skip 'needs strace'
    for call in unshare pivot_root landlock_restrict_self; do
        killed_at -fqq $call:1
        is "$ran" no
        refused 'the worker of rcrun-net was killed by signal 9'
        all_over
        net_free
    done
    killed_at -fqq setns:1
    is "$ran" yes
    says 'published ports are led by libslirp: process for sockets of the container: it ended'
    all_over
}

@test "NL-11: the launcher is killed between tap and ready" {
    for wait in 'kill -STOP $$' 'sleep 0.3' 'sleep 0.1; kill -STOP $$'; do
        instead_of_helper "echo \$\$ >$TMPDIR/pid; $wait; exec \"\$REAL\" \"\$@\""
        OPTIONS=(-p 8080:80)
        RCRUN=$TMPDIR/bin/rcrun start sh -c 'echo ran >/ran'
        until_ok 5 test -s "$TMPDIR/pid"
        sleep 0.2
        kill -KILL "$PARENT"
        wait "$PARENT" || :
        kill -CONT "$(cat "$TMPDIR/pid")" 2>/dev/null || :
        all_over
        net_free
        [ ! -e rootfs/ran ] || fail "$wait: the program ran"
        rm "$TMPDIR/pid"
    done
    rm -r "${TMPDIR:?}/bin"
}

# ---- what is full -------------------------------------------------------------------------------

@test "NX-45: no room, or no inodes, for the state: told, and nothing is left" {
    OPTIONS=(-p 8080:80)
    worked=0 failed=0
    for size in nr_inodes={1..7} size=4k; do
        HOST="mount -t tmpfs -o mode=700,$size none $XDG_RUNTIME_DIR
            trap 'find $XDG_RUNTIME_DIR -mindepth 1 ! -path \"*/.filters*\" ! -name rcrun' EXIT"
        run --separate-stderr timeout -k 2 20 "${HOST_AS[@]}" unshare --mount sh -c "$HOST
            \"\$@\"" sh "$RCRUN" run "${OPTIONS[@]}" "$ID" </dev/null
        [ -z "$output" ] || show "left: $size"
        case $status in
        0) worked=$((worked + 1)) ;;
        1)
            failed=$((failed + 1))
            [[ $stderr == *'no space left on device'* ]] || show "not told: $size"
            ;;
        *) show "$size" ;;
        esac
    done
    HOST=:
    [ "$worked" -gt 2 ] && [ "$failed" -gt 2 ] || fail "$worked worked, $failed failed"
    until_ok 2 no_helpers
}

@test "NF-34: no room for pcap: the network goes on, and what was written can be read" {
    serve at_lan tcp "$LAN_V4" 7003 flow:3000000
    mkdir "$TMPDIR/small"
    at_host mount -t tmpfs -o size=64k none "$TMPDIR/small"
    OPTIONS=("--net=slirp,pcap=$TMPDIR/small/x.pcap")
    go talk take tcp "$LAN_V4" 7003
    ok
    has 3000000
    size=$(at_host stat -c %s "$TMPDIR/small/x.pcap")
    [ "$size" -gt 1000 ] && [ "$size" -le 65536 ]
    # Where there is no room for its head there is an error, and no container.
    at_host sh -c "cat /dev/zero >$TMPDIR/small/all" 2>/dev/null || :
    OPTIONS=("--net=slirp,pcap=$TMPDIR/small/y.pcap")
    gosh 'echo ran >/ran'
    refused 'no space left on device'
    [ ! -e rootfs/ran ]
    at_host umount "$TMPDIR/small"
    rmdir "$TMPDIR/small"
    until_ok 2 no_helpers
}
