#!/usr/bin/env bats
# Signals to rcrun, exit statuses, and the end of everything with the launcher.

load lib

# ---- exit status ---------------------------------------------------------------------------

@test "the exit status is that of the program" {
    bundle
    for code in 0 1 2 42 126 128 137 255; do
        gosh "exit $code"
        rc "$code"
        [ -z "$stderr" ] || show
    done
}

@test "a program that a signal ended is 128 and the number of it" {
    bundle
    # With the pid namespace of the caller: the first process of another does not die so easily.
    without pid
    for word in TERM:143 KILL:137 USR1:138 ABRT:134 SEGV:139; do
        gosh "ulimit -c 0; kill -${word%:*} \$\$; sleep 5"
        rc "${word#*:}"
    done
}

@test "a program that was killed from outside is 137" {
    bundle
    start sh -c 'touch /up; sleep 1000'
    until_ok 5 test -e rootfs/up
    kill -KILL "$(init_pid)"
    wait "$PARENT" || status=$?
    is "$status" 137
    is "$(cat "$BATS_TEST_TMPDIR/err")" ''
}

@test "what the program left running in its namespace ends with it" {
    bundle
    gosh 'sleep 1000 & setsid sleep 1001 & exit 3'
    rc 3
    is "$(processes)" ''
}

# ---- forwarding ----------------------------------------------------------------------------

@test "signals are passed on, in their order" {
    bundle
    start sh -c 'for s in HUP INT QUIT USR1 USR2 TERM CONT WINCH ALRM URG IO VTALRM PROF TSTP TTIN TTOU PWR XCPU; do trap "echo $s >>/got" $s; done
        trap "exit 9" XFSZ; touch /up; while :; do sleep .02; done'
    until_ok 5 test -e rootfs/up
    n=0
    for s in HUP INT QUIT USR1 USR2 TERM CONT WINCH ALRM URG IO VTALRM PROF TSTP TTIN TTOU PWR XCPU; do
        kill -"$s" "$PARENT"
        n=$((n + 1))
        until_ok 5 grep -qx "$s" rootfs/got
        is "$(grep -c . rootfs/got)" "$n"
    done
    # These are about rcrun itself.
    kill -CHLD "$PARENT"
    kill -PIPE "$PARENT"
    sleep .1
    is "$(grep -c . rootfs/got)" "$n"
    kill -XFSZ "$PARENT"
    wait "$PARENT" || status=$?
    is "$status" 9
}

@test "real-time signals are passed on" {
    bundle
    start sh -c 'trap "echo 40 >>/got" 40; trap "exit 9" 64; touch /up; while :; do sleep .02; done'
    until_ok 5 test -e rootfs/up
    kill -40 "$PARENT"
    until_ok 5 grep -qx 40 rootfs/got
    kill -64 "$PARENT"
    wait "$PARENT" || status=$?
    is "$status" 9
}

@test "a signal that the program does not handle ends it, where the kernel lets it" {
    bundle
    without pid
    start sh -c 'touch /up; exec sleep 1000'
    until_ok 5 test -e rootfs/up
    sleep .1
    kill -TERM "$PARENT"
    wait "$PARENT" || status=$?
    is "$status" 143
}

@test "signals before the program runs are not lost" {
    bundle
    # All of them, sent from the first moment on: it must end, and leave nothing.
    for i in $(seq 20); do
        start sh -c 'trap "exit 7" TERM; while :; do sleep .02; done'
        sleep ".00$((i % 10))"
        status=0
        for _ in $(seq 200); do
            kill -TERM "$PARENT" 2>/dev/null || break
            sleep .02
        done
        wait "$PARENT" || status=$?
        case $status in
        7 | 143) ;;
        *) fail "status $status: $(cat "$BATS_TEST_TMPDIR/err")" ;;
        esac
        no_processes
    done
}

# ---- the end of the launcher ---------------------------------------------------------------

@test "with a launcher that was killed all of the container ends" {
    bundle
    start sh -c 'sleep 1001 & (setsid sleep 1002 &) ; touch /up; sleep 1003'
    until_ok 5 test -e rootfs/up
    [ -n "$(processes)" ]
    kill -KILL "$PARENT"
    wait "$PARENT" || [ $? -eq 137 ]
    no_processes 2
    until_ok 2 test ! -e "$XDG_RUNTIME_DIR/rcrun/$ID"
}

@test "also when the program has changed its ids since, and ignores signals" {
    need_ids
    bundle
    cfg '.process.noNewPrivileges = false'
    # With new ids the kernel forgets the signal for the death of the parent.
    start su -s /bin/sh user -c 'trap "" TERM HUP INT QUIT; touch /tmp/up; exec sleep 1000'
    until_ok 5 test -e rootfs/tmp/up
    is "$(stat -c %u rootfs/tmp/up)" "$(awk '/^Uid:/ { print $2 }' "/proc/$(init_pid)/status")"
    [ "$(stat -c %u rootfs/tmp/up)" != "$(id -u)" ]
    kill -KILL "$PARENT"
    wait "$PARENT" || [ $? -eq 137 ]
    no_processes 2
    until_ok 2 test ! -e "$XDG_RUNTIME_DIR/rcrun/$ID"
}

@test "also where the program has the pid namespace of the caller" {
    bundle
    without pid
    start sh -c 'touch /up; exec sleep 1000'
    until_ok 5 test -e rootfs/up
    kill -KILL "$PARENT"
    wait "$PARENT" || [ $? -eq 137 ]
    no_processes 2
    until_ok 2 test ! -e "$XDG_RUNTIME_DIR/rcrun/$ID"
}

@test "also when it is killed anywhere on the way" {
    bundle
    for i in $(seq 40); do
        start sleep 1000
        sleep "$(printf '0.%04d' $((i * 5)))"
        kill -KILL "$PARENT" 2>/dev/null || true
        wait "$PARENT" || true
        no_processes 2 || fail "after $((i * 5))/10 ms: $(processes)"
        # Without a guard yet, or in the middle of taking the id.
        rcrun delete --force "$ID"
        ok
    done
    find "$XDG_RUNTIME_DIR/rcrun" -name '.new-*' -exec touch -d '2 minutes ago' {} +
    rcrun list -q
    ok
    out ''
}

@test "rcrun itself can be stopped and goes on" {
    bundle
    start sh -c 'touch /up; sleep .5; exit 4'
    until_ok 5 test -e rootfs/up
    kill -STOP "$PARENT"
    sleep .7
    kill -CONT "$PARENT"
    wait "$PARENT" || status=$?
    is "$status" 4
}
