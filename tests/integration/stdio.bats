#!/usr/bin/env bats
# Standard input, output and error.

load lib

@test "they are the caller's own, nothing stands between" {
    bundle
    args sh -c 'exec 5>&1; for f in 0 5 2; do stat -Lc %i /proc/self/fd/$f >>/inodes; done'
    : >out
    : >err
    timeout 10 "$RCRUN" run "$ID" <config.json >out 2>err
    is "$(cat rootfs/inodes)" "$(stat -c %i config.json out err)"
}

@test "output and error stay apart, and input is read" {
    bundle
    args sh -c 'read a; echo "out $a"; echo "err $a" >&2; exit 3'
    run --separate-stderr timeout 10 "$RCRUN" run "$ID" <<<'line of input'
    rc 3
    out 'out line of input'
    is "$stderr" 'err line of input'
}

@test "input that the program did not take is left for others" {
    bundle
    args dd bs=1 count=3
    printf '123456\n' >input
    output=$({ timeout 10 "$RCRUN" run "$ID" 2>/dev/null; cat; } <input)
    is "$output" 123456
    output=$(printf 'abcdef\n' | { timeout 10 "$RCRUN" run "$ID" 2>/dev/null; cat; })
    is "$output" abcdef
}

@test "ten million bytes of any value go in and come out" {
    bundle
    head -c 10000000 /dev/urandom >data
    args cat
    timeout 20 "$RCRUN" run "$ID" <data >copy
    cmp data copy
    # Through pipes on both sides.
    is "$(cat data | timeout 20 "$RCRUN" run "$ID" | sha256sum)" "$(sha256sum <data)"
}

@test "the end of input is seen" {
    bundle
    args sh -c 'cat; echo end'
    output=$(: | timeout 10 "$RCRUN" run "$ID")
    is "$output" end
    go
    out end
}

@test "it works with any of them closed" {
    bundle
    args sh -c 'for f in 0 1 2; do readlink /proc/self/fd/$f; done >/fds; exit 7'
    for redirect in '0<&-' '1>&-' '2>&-' '0<&- 1>&-' '0<&- 1>&- 2>&-' '1>&- 2>&-'; do
        rm -f rootfs/fds
        status=0
        eval 'timeout 10 sh -c '\''exec "$RCRUN" run "$0" '"$redirect"\'' "$ID" </dev/null >out 2>err' || status=$?
        is "$redirect: $status" "$redirect: 7"
        # What was closed is the null device now, and nothing of rcrun's own.
        ! grep -qE 'socket:|anon_inode|memfd|/proc|pidfd' rootfs/fds || fail "$(cat rootfs/fds)"
        is "$(wc -l <rootfs/fds)" 3
    done
}

@test "a full disk is the program's business" {
    bundle
    args sh -c 'echo x || exit 5; exit 6'
    status=0
    timeout 10 "$RCRUN" run "$ID" </dev/null >/dev/full 2>err || status=$?
    is "$status" 5
    grep -q 'No space left on device' err
}

@test "a reader that goes away does not hang the container" {
    bundle
    args yes
    status=0
    output=$(timeout 10 "$RCRUN" run "$ID" </dev/null 2>/dev/null | head -n 1) || status=$?
    is "$output" y
    is "$status" 0
    no_processes
}

@test "a pipe can be opened again by the program's user, a file keeps its owner" {
    need_ids
    bundle
    user 1000
    caps
    args sh -c 'echo direct; echo again >/proc/self/fd/1; echo by-name >/dev/stdout; cat /dev/stdin; stat -Lc "%u" /proc/self/fd/1'
    output=$(echo in | timeout 10 "$RCRUN" run "$ID")
    is "$output" $'direct\nagain\nby-name\nin\n1000'
    : >file
    chmod 644 file
    timeout 10 "$RCRUN" run "$ID" <config.json >file 2>err || true
    is "$(stat -c %u file)" "$(id -u)"
    is "$(head -n 1 file)" direct
}

@test "many short runs in a pipeline" {
    bundle
    args sh -c 'read x; echo $((x + 1))'
    n=0
    for _ in $(seq 20); do
        n=$(timeout 10 "$RCRUN" run "$ID" <<<"$n")
    done
    is "$n" 20
}

@test "twenty containers at once" {
    bundle
    args sh -c 'sleep .2; read x; echo "<$x>"; exit "$x"'
    pids=()
    for i in $(seq 20); do
        { timeout 15 "$RCRUN" run "$ID.$i" <<<"$i" >"out.$i" 2>"err.$i" || echo $? >"status.$i"; } 3>&- &
        pids+=($!)
    done
    wait "${pids[@]}"
    for i in $(seq 20); do
        is "$(cat "out.$i" "status.$i" "err.$i")" "<$i>
$i"
    done
}
