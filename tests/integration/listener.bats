#!/usr/bin/env bats
# System calls that somebody outside answers (SCMP_ACT_NOTIFY).  tests/tools/listener is such a
# one: it says 4711 to getppid(2), which a shell calls at its start, and ENOSPC to mkdir(2).

load lib
eval "lib_$(declare -f teardown)"

listen() { # [CALL=VALUE...]: $SOCKET and $GOT are its socket and what it got
    GOT=$BATS_TEST_TMPDIR/got
    SOCKET=${SOCKET-$GOT/socket}
    [ -x "$builddir/tests/tools/listener" ] || skip 'tests/tools/listener is not built'
    mkdir -p "$GOT" "${SOCKET%/*}"
    "$builddir/tests/tools/listener" "$SOCKET" "$GOT" getppid=4711 mkdir=-28 mkdirat=-28 "$@" \
        </dev/null >/dev/null 2>"$GOT/errors" 3>&- &
    LISTENER=$!
    until_ok 5 test -S "$SOCKET"
}

teardown() {
    [ -z "${LISTENER-}" ] || kill "$LISTENER" || :
    # shellcheck disable=SC2034 # of lib.bash
    [ -z "${ID-}" ] || timeout 10 "$RCRUN" delete --force "$ID" || :
    lib_teardown
}

notify() { # CALL...: a bundle whose container has these notified, and prints its parent's number
    bundle
    edit '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: $ARGS.positional[0],
        syscalls: [{names: $ARGS.positional[1:], action: "SCMP_ACT_NOTIFY"}]}' "$SOCKET" "$@"
    args sh -c 'echo $PPID; mkdir /x'
}

answered() { # the program saw what the listener said
    rc 1
    out 4711
    says 'No space left on device'
    is "$(ls -d "$B/rootfs/x" 2>/dev/null)" ''
}

message() { # NUMBER [JQ-OPTION...] FILTER
    local file=$GOT/message.$1
    shift
    jq -e "$@" "$file" || fail "message: $(cat "$file")"
}

# ---- what the listener gets ----------------------------------------------------------------

@test "the listener answers the program" {
    listen
    notify getppid mkdir mkdirat
    go
    answered
    is "$(grep -c . "$GOT/calls")" 2
    # Without it the same program sees what is there.
    cfg 'del(.linux.seccomp)'
    go
    ok
    out 0
    rmdir rootfs/x
}

@test "one message: the state of the process, as JSON, with one descriptor at its first byte" {
    listen
    notify getppid mkdir mkdirat
    cfg '.annotations = {"org.x": "y\"z"} | .linux.seccomp.listenerMetadata = "a \"b\"\n"'
    OPTIONS=(--pid-file "$GOT/pid")
    go
    answered
    is "$(cat "$GOT/how.1")" 'fds=1 first end'
    [ ! -e "$GOT/message.2" ] || fail 'a second message'
    message 1 --arg id "$ID" --arg b "$B" --argjson pid "$(cat "$GOT/pid")" '
        .state.created as $created | . == {ociVersion: "1.3.0", fds: ["seccompFd"], pid: $pid,
            metadata: "a \"b\"\n",
            state: {ociVersion: "1.3.0", id: $id, status: "created", pid: $pid, bundle: $b,
                rootfs: "\($b)/rootfs", created: $created, owner: "", annotations: {"org.x": "y\"z"}}}
        and ($created | test("^2[-0-9]*T[0-9:.]*Z$"))'
    is "$(cut -d' ' -f2 "$GOT/calls" | sort -u)" "$(cat "$GOT/pid")"
    rm -f "$GOT/pid"
}

@test "the state in it is the one that the state command prints" {
    listen
    notify getppid mkdir mkdirat
    args sh -c 'echo $PPID >/out; until [ -e /end ]; do sleep .02; done'
    lives create "$ID"
    ok
    timeout 10 "$RCRUN" state "$ID" >"$GOT/state"
    [ ! -e "$GOT/message.1" ] || fail 'the listener was told before there was a filter'
    lives start "$ID"
    ok
    until_ok 5 grep -q 4711 rootfs/out
    message 1 --slurpfile state "$GOT/state" '(.state | del(.owner)) == ($state[0] | del(.owner)) and .pid == .state.pid and (has("metadata") | not)'
    is "$(cat "$GOT/how.1")" 'fds=1 first end'
    : >rootfs/end
}

@test "a large state comes whole" {
    listen
    notify getppid mkdir mkdirat
    cfg '.annotations.long = ("x" * 600000)'
    go
    answered
    grep -q '^fds=1 first' "$GOT/how.1" || fail "$(cat "$GOT/how.1")"
    message 1 '.state.annotations.long | length == 600000' >/dev/null
}

@test "the process that exec starts has the filter, and a message of its own" {
    listen
    notify getppid mkdir mkdirat
    args sleep 1000
    for nnp in true false; do
        cfg --argjson n $nnp '.process.noNewPrivileges = $n'
        lives run --detach "$ID"
        ok
        rcrun exec --pid-file "$GOT/pid" "$ID" sh -c 'echo $PPID; mkdir /x'
        answered
        started=$((${started-0} + 2))
        message $started --argjson pid "$(cat "$GOT/pid")" --slurpfile first "$GOT/message.$((started - 1))" \
            '.pid == $pid and .pid != .state.pid and .state == ($first[0].state | .status = "running")'
        timeout 10 "$RCRUN" delete --force "$ID"
    done
}

# ---- whom it finds ---------------------------------------------------------------------------

@test "a path longer than an address, and one of the annotation of old" {
    long=$(printf 'd%.0s' {1..90})
    SOCKET=$BATS_TEST_TMPDIR/$long/$long/s
    listen
    notify getppid mkdir mkdirat
    go
    answered
    cfg '.annotations["run.oci.seccomp.receiver"] = .linux.seccomp.listenerPath | del(.linux.seccomp.listenerPath)'
    go
    answered
    message 2 '.fds == ["seccompFd"]'
}

@test "where nobody listens, nothing is started" {
    SOCKET=$BATS_TEST_TMPDIR/none
    notify getppid mkdir mkdirat
    args touch /ran
    for nnp in true false; do
        cfg --argjson n $nnp '.process.noNewPrivileges = $n'
        go
        refused 'seccomp listener' "$SOCKET" 'no such file or directory'
        [ $nnp = true ] || continue
        lives create "$ID"
        ok
        lives start "$ID"
        refused 'seccomp listener' "$SOCKET" 'no such file or directory'
        is "$(timeout 10 "$RCRUN" list -q)" ''
    done
    lives create "$ID"
    refused 'seccomp listener' "$SOCKET" 'no such file or directory'
    # A socket of somebody who is gone.
    python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$SOCKET"
    go
    refused 'seccomp listener' "$SOCKET" 'connection refused'
    is "$(ls rootfs/ran 2>/dev/null)" ''
    is "$(timeout 10 "$RCRUN" list -q)" ''
    no_processes
    rm "$SOCKET"
    # The control: the program would have run.
    cfg 'del(.linux.seccomp)'
    go
    ok
    is "$(ls rootfs/ran)" rootfs/ran
}

@test "exec where nobody listens any more" {
    listen
    notify getppid mkdir mkdirat
    args sleep 1000
    lives run --detach "$ID"
    ok
    rm "$SOCKET"
    rcrun exec "$ID" touch /ran
    rc 255
    says 'seccomp listener'
    is "$(ls rootfs/ran 2>/dev/null)" ''
}

@test "a listener that does not accept" {
    SOCKET=$BATS_TEST_TMPDIR/full
    notify getppid mkdir mkdirat
    # The queue of one that listens and does nothing else is full after one or two.
    python3 -c '
import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(0)
c = [socket.socket(socket.AF_UNIX) for i in range(4)]
for i in c:
    i.setblocking(False)
    try: i.connect(sys.argv[1])
    except BlockingIOError: pass
print("full", flush=True)
time.sleep(60)' "$SOCKET" >"$BATS_TEST_TMPDIR/said" 3>&- &
    LISTENER=$!
    until_ok 5 grep -q full "$BATS_TEST_TMPDIR/said"
    LIMIT=30
    go
    refused 'seccomp listener' "$SOCKET"
    # Nor does an engine that hangs keep a container half made.
    cfg 'del(.linux.seccomp)'
    lives create --pidfd-socket "$SOCKET" "$ID"
    refused 'pidfd socket' "$SOCKET"
    rm "$SOCKET"
}

# ---- what init itself must not need --------------------------------------------------------------

@test "calls that rcrun makes itself may be notified" {
    listen
    for nnp in true false; do
        # What bypass4netns asks for, and all that a start is made of.
        notify getppid mkdir mkdirat bind close connect sendmsg sendto setsockopt recvmsg recvfrom \
            read openat fcntl futex sched_yield exit_group clone mmap capset setresuid setresgid \
            prctl fchdir umask rt_sigaction rt_sigprocmask close_range prlimit64 getcwd execve accept4
        cfg --argjson n $nnp '.process.noNewPrivileges = $n'
        go
        answered
        lives create "$ID"
        ok
        lives start "$ID"
        rc 0
        until_ok 5 grep -q 4711 "$BATS_TEST_TMPDIR/out"
        until_ok 5 eval '[ "$("$RCRUN" state "$ID" | jq -r .status)" = stopped ]'
        timeout 10 "$RCRUN" delete "$ID"
    done
}

@test "a filter that allows nothing but the program's own calls" {
    [ "$(uname -m)" = x86_64 ] || skip 'calls of x86-64'
    listen getuid=0
    notify getuid
    args echo hi
    cfg '.linux.seccomp.defaultAction = "SCMP_ACT_KILL_PROCESS" | .linux.seccomp.syscalls += [{
        action: "SCMP_ACT_ALLOW", names: ["arch_prctl", "brk", "execve", "exit_group", "getrandom",
            "mprotect", "prctl", "prlimit64", "readlink", "readlinkat", "rseq", "set_robust_list",
            "set_tid_address", "write", "mmap", "munmap"]}]'
    go
    ok
    out hi
    is "$(cut -d' ' -f1 "$GOT/calls" | sort -u)" getuid
    # The control: one call less, and it dies.
    cfg '.linux.seccomp.syscalls[1].names -= ["write"]'
    go
    rc 159
}

@test "with TSYNC and the other flags" {
    listen
    notify getppid mkdir mkdirat
    cfg '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"]'
    go
    answered
    # Linux 5.19.
    cfg '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]'
    go
    [[ $stderr == *WAIT_KILLABLE_RECV* ]] || answered
}

@test "the program is one thread and has no descriptor of the listener" {
    listen
    notify getppid
    for nnp in true false; do
        cfg --argjson n $nnp '.process.noNewPrivileges = $n'
        gosh 'ls -l /proc/self/fd | grep -c "seccomp\|socket"; grep Threads /proc/self/status; ls /proc | grep -c "^[0-9]"'
        rc 0
        out $'0\nThreads:\t1\n3'
    done
}

# ---- what is refused ----------------------------------------------------------------------------

@test "what cannot be notified, and what is missing for it" {
    bundle
    wrong() { # JSON-of-seccomp TEXT...
        cfg --argjson s "$1" '.linux.seccomp = $s'
        shift
        go
        refused "$@"
    }
    rule='"syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"}]'
    wrong "{\"defaultAction\": \"SCMP_ACT_ALLOW\", $rule}" 'linux.seccomp.syscalls[0].action' listenerPath
    wrong '{"defaultAction": "SCMP_ACT_NOTIFY", "listenerPath": "/x"}' linux.seccomp.defaultAction
    wrong '{"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/x",
        "syscalls": [{"names": ["read", "write"], "action": "SCMP_ACT_NOTIFY"}]}' 'linux.seccomp.syscalls[0].names[1]'
    wrong '{"defaultAction": "SCMP_ACT_ALLOW", "listenerMetadata": "x"}' linux.seccomp.listenerMetadata listenerPath
    wrong "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"listenerPath\": \"x\", $rule}" linux.seccomp.listenerPath absolute
}

@test "features know it" {
    rcrun features
    jq -e '.linux.seccomp | (.actions | index("SCMP_ACT_NOTIFY")) and .supportedFlags == .knownFlags' <<<"$output" ||
        show 'wanted SCMP_ACT_NOTIFY and all flags'
}
