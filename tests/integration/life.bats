#!/usr/bin/env bats
# The life of a container over several commands: create, start, run in the background, kill.

load lib
load life


# ---- create and start ----------------------------------------------------------------------

@test "create makes everything but the program, start starts it" {
    stays
    cfg '.hostname = "made"'
    lives create "$ID"
    ok
    out ''
    status_is created
    pid=$(state pid)
    kill -0 "$pid"
    [ "$(readlink "/proc/$pid/ns/uts")" != "$(readlink /proc/self/ns/uts)" ]
    is "$(processes | cut -d' ' -f1)" "$pid"
    sleep .3
    [ ! -e rootfs/marker ]
    status_is created
    rcrun start "$ID"
    ok
    out ''
    status_is running
    until_ok 5 test -s rootfs/marker
    is "$(state pid)" "$pid"
    is "$(tr '\0' ' ' <"/proc/$pid/cmdline")" 'sleep 1000 '
    delete_it
    is "$(cat rootfs/marker)" up
}

@test "the state has what the specification asks for" {
    stays
    cfg '.annotations = {"org.x": "a \"b\" \u00e4", "empty": ""}'
    lives create "$ID"
    ok
    rcrun state "$ID"
    ok
    jq -e --arg id "$ID" --arg b "$B" '.id == $id and .bundle == $b and .status == "created"
        and (.ociVersion | test("^1\\.[0-9]+\\.[0-9]+")) and (.pid | type == "number" and . > 1)
        and .annotations == {"org.x": "a \"b\" \u00e4", "empty": ""}
        and (.created | test("^20[0-9-]+T[0-9:]+\\.[0-9]+Z$"))' <<<"$output" || show 'state'
    kill -0 "$(jq .pid <<<"$output")"
    delete_it
}

@test "the status goes from created by running to stopped" {
    bundle
    args sh -c 'until [ -e /go ]; do sleep .05; done; exit 3'
    lives create "$ID"
    ok
    status_is created
    rcrun start "$ID"
    ok
    status_is running
    : >rootfs/go
    until_ok 5 status_is stopped
    is "$(state pid)" 0
    # It stays until it is deleted, and cannot be started again.
    rcrun start "$ID"
    refused 'cannot start a container that has stopped'
    status_is stopped
    rcrun delete "$ID"
    ok
    gone
}

@test "a container that runs is not started again" {
    stays
    lives create "$ID"
    ok
    rcrun start "$ID"
    ok
    until_ok 5 test -s rootfs/marker
    pid=$(state pid)
    rcrun start "$ID"
    refused 'cannot start an already running container'
    status_is running
    is "$(state pid)" "$pid"
    is "$(cat rootfs/marker)" up
    delete_it
}

@test "of several starts at once one does it" {
    stays
    lives create "$ID"
    ok
    pids=()
    for i in 1 2 3 4 5; do
        { timeout 15 "$RCRUN" start "$ID" && echo >"won.$i"; } </dev/null >/dev/null 2>"said.$i" 3>&- &
        pids+=($!)
    done
    wait "${pids[@]}" || true
    is "$(find . -maxdepth 1 -name 'won.*' | wc -l)" 1
    is "$(cat said.* | grep -c 'cannot start an already running container')" 4
    status_is running
    until_ok 5 test -s rootfs/marker
    is "$(cat rootfs/marker)" up
    delete_it
}

@test "the program gets the standard streams of create" {
    bundle
    args sh -c 'read a; echo "out $a"; echo err >&2'
    echo word >in
    timeout 10 "$RCRUN" create "$ID" <in >the.out 2>the.err 3>&-
    is "$(cat the.out the.err)" ''
    rcrun start "$ID"
    ok
    out ''
    until_ok 5 status_is stopped
    is "$(cat the.out)" 'out word'
    is "$(cat the.err)" err
    rcrun delete "$ID"
    ok
}

@test "what happens to the config after create does not matter" {
    stays
    lives create "$ID"
    ok
    args sh -c 'echo other >>/marker'
    rcrun start "$ID"
    ok
    until_ok 5 test -s rootfs/marker
    is "$(cat rootfs/marker)" up
    delete_it
    rm rootfs/marker

    args sh -c 'echo third >>/marker; exec sleep 1000'
    lives create "$ID"
    ok
    rm config.json
    cd /
    rcrun start "$ID"
    ok
    until_ok 5 test -s "$B/rootfs/marker"
    is "$(cat "$B/rootfs/marker")" third
    delete_it
}

@test "create takes the bundle and the config from options" {
    stays
    mv config.json other.json
    cd /
    lives create --bundle "$B" --config other.json "$ID"
    ok
    is "$(state bundle)" "$B"
    rcrun start "$ID"
    ok
    until_ok 5 test -s "$B/rootfs/marker"
    delete_it
}

@test "a create that fails leaves nothing" {
    stays
    args /nosuch
    lives create --pid-file pid "$ID"
    refused /nosuch
    gone
    rcrun list -q
    ok
    out ''
    no_processes
    # Half way: a mount that cannot be made.
    args true
    mnt /mnt none /nosuch/source bind
    lives create "$ID"
    refused /nosuch/source
    gone
    no_processes
    # The id is free.
    cfg 'del(.mounts[-1])'
    lives create "$ID"
    ok
    delete_it
}

@test "a create that is killed can be deleted" {
    stays
    cfg --arg id "ID=$ID" '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "echo $$ >hook; exec sleep 1000"], env: [$id, "PATH=/bin:/usr/bin"]}]'
    "$RCRUN" create "$ID" </dev/null >/dev/null 2>&1 3>&- &
    creator=$!
    until_ok 10 test -s hook
    status_is creating
    rcrun list -q
    ok
    out "$ID"
    kill -9 "$creator"
    wait "$creator" || true
    # The hook is on the host and outlives who waited for it.
    kill -9 "$(cat hook)"
    until_ok 5 status_is stopped
    rcrun delete "$ID"
    ok
    gone
    no_processes 5
}

@test "a create that hangs in a hook can be ended by force, and by nothing else" {
    stays
    cfg --arg id "ID=$ID" '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "echo $$ >hook; exec sleep 1000"], env: [$id, "PATH=/bin:/usr/bin"]}]
        | .hooks.poststop = [{path: "/bin/sh", args: ["sh", "-c", "echo stopped >>stops"]}]'
    "$RCRUN" create "$ID" </dev/null >/dev/null 2>said 3>&- &
    creator=$!
    until_ok 10 test -s hook
    rcrun kill "$ID" KILL
    refused 'container not running' creating
    rcrun start "$ID"
    refused 'still being created'
    rcrun delete "$ID"
    refused 'not stopped: creating'
    status_is creating
    rcrun delete --force "$ID"
    ok
    gone
    wait "$creator" && fail 'create succeeded'
    is "$(wc -l <said)" 1
    grep 'the container was killed while hook' said
    kill -0 "$(cat hook)" 2>/dev/null && fail "the hook runs on"
    is "$(cat stops)" stopped
    no_processes 5
}

@test "the first process goes to the subreaper of the caller, with its status" {
    command -v python3 >/dev/null && python3 -c 1 || skip 'needs python3'
    bundle
    args sh -c 'exit 7'
    cat >reaper <<'EOF'
import ctypes, os, subprocess, sys
assert ctypes.CDLL(None).prctl(36, 1, 0, 0, 0) == 0
rcrun, name = sys.argv[1:]
run = lambda *a: subprocess.run([rcrun, *a], stdin=subprocess.DEVNULL, timeout=10, check=True)
run("create", "--pid-file", "pid", name)
pid = int(open("pid").read())
stat = open(f"/proc/{pid}/stat").read().rsplit(")")[1].split()
assert int(stat[1]) == os.getpid(), stat
run("start", name)
got, status = os.waitpid(pid, 0)
print(os.waitstatus_to_exitcode(status))
EOF
    run timeout 20 python3 reaper "$RCRUN" "$ID" </dev/null
    is "$status $output" '0 7'
    status_is stopped
    rcrun delete "$ID"
    ok
}

@test "no process of rcrun and no descriptor stays with the program" {
    stays
    timeout 10 "$RCRUN" create "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- 5>file
    pid=$(state pid)
    is "$(processes | wc -l)" 1
    rcrun start "$ID"
    ok
    until_ok 5 test -s rootfs/marker
    is "$(find "/proc/$pid/fd" -mindepth 1 -printf '%f\n' | sort | tr '\n' ' ')" '0 1 2 '
    is "$(processes | wc -l)" 1
    delete_it
}

@test "what waits to be started holds no pipe of its caller" {
    stays
    # Who reads to the end of a pipe that is none of the three streams sees the end.
    mkfifo pipe
    timeout 5 cat pipe >said &
    reader=$!
    timeout 10 "$RCRUN" create "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- 5>pipe
    status=0
    wait "$reader" || status=$?
    is "$status" 0
    delete_it
}

# ---- run --detach and --keep ---------------------------------------------------------------

@test "run in the background comes back and the container lives on" {
    stays
    lives run --detach --pid-file "$BATS_TEST_TMPDIR/pid" "$ID"
    ok
    out ''
    status_is running
    is "$(cat "$BATS_TEST_TMPDIR/pid")" "$(state pid)"
    # No newline, as other runtimes write it.
    is "$(wc -l <"$BATS_TEST_TMPDIR/pid")" 0
    kill -0 "$(state pid)"
    until_ok 5 test -s rootfs/marker
    is "$(processes | wc -l)" 1
    delete_it
    # With the short option; an end by itself leaves it stopped.
    args true
    lives run -d "$ID"
    ok
    until_ok 5 status_is stopped
    rcrun delete "$ID"
    ok
}

@test "run keeps the stopped container when asked" {
    bundle
    OPTIONS=(--keep)
    gosh 'echo hello; exit 5'
    rc 5
    out hello
    status_is stopped
    rcrun run "$ID"
    refused 'already exists'
    rcrun delete "$ID"
    ok
    gone
    OPTIONS=()
    gosh 'exit 6'
    rc 6
    gone
}

@test "a run in the foreground has a state like others" {
    stays
    start
    until_ok 10 test -s rootfs/marker
    status_is running
    is "$(state pid)" "$(init_pid)"
    rcrun delete "$ID"
    refused 'not stopped'
    rcrun kill "$ID" KILL
    ok
    status=0
    wait "$PARENT" || status=$?
    is "$status" 137
    gone
}

@test "delete by force ends a run in the foreground" {
    stays
    start
    until_ok 10 test -s rootfs/marker
    delete_it
    status=0
    wait "$PARENT" || status=$?
    is "$status" 137
    is "$(cat "$BATS_TEST_TMPDIR/err")" ''
}

@test "the pid file of create has the pid of the state" {
    stays
    lives create --pid-file "$BATS_TEST_TMPDIR/pid" "$ID"
    ok
    is "$(cat "$BATS_TEST_TMPDIR/pid")" "$(state pid)"
    # A relative name is one of the caller's directory, not of the bundle's.
    delete_it
    mkdir "$BATS_TEST_TMPDIR/here"
    cd "$BATS_TEST_TMPDIR/here"
    lives create -b "$B" --pid-file pid "$ID"
    ok
    is "$(cat pid)" "$(state pid)"
    delete_it
}

# ---- kill ----------------------------------------------------------------------------------

@test "kill takes a signal by name, by long name and by number" {
    bundle
    args sh -c 'for s in TERM USR1 USR2 HUP; do trap "echo $s >>/got" $s; done; echo >/up; while :; do sleep .05; done'
    lives run -d "$ID"
    ok
    until_ok 5 test -s rootfs/up
    n=0
    for pair in TERM: USR1:USR1 USR2:SIGUSR2 HUP:1 USR1:10 HUP:sighup TERM:term; do
        # shellcheck disable=SC2086 # none or one word
        rcrun kill "$ID" ${pair#*:}
        ok
        out ''
        n=$((n + 1))
        until_ok 5 eval "[ \$(wc -l <rootfs/got) -eq $n ]"
        is "$(tail -n 1 rootfs/got)" "${pair%:*}"
    done
    status_is running
    for wrong in NOSUCH 0 99 1x SIG '' RTMAX+1 RTMIN+99; do
        rcrun kill "$ID" "$wrong"
        refused signal
    done
    for wrong in -1 'TERM KILL'; do
        # shellcheck disable=SC2086 # words
        rcrun kill "$ID" $wrong
        rc 1
    done
    status_is running
    is "$(wc -l <rootfs/got)" 7
    rcrun kill "$ID" 9
    ok
    until_ok 5 status_is stopped
    rcrun delete "$ID"
    ok
}

@test "real time signals have names, too" {
    bundle
    args sh -c 'trap "echo 35 >>/got" 35; trap "echo 64 >>/got" 64; echo >/up; while :; do sleep .05; done'
    lives run -d "$ID"
    ok
    until_ok 5 test -s rootfs/up
    for pair in RTMIN+1:35 SIGRTMAX:64 35:35; do
        rm -f rootfs/got
        rcrun kill "$ID" "${pair%:*}"
        ok
        until_ok 5 test -s rootfs/got
        is "$(cat rootfs/got)" "${pair#*:}"
    done
    delete_it
}

@test "a stopped container gets no signal" {
    bundle
    lives run -d "$ID"
    ok
    until_ok 5 status_is stopped
    rcrun kill "$ID" TERM
    refused 'container not running'
    rcrun kill "$ID" KILL
    refused 'container not running'
    # Engines ask so when they do not know whether it still runs.
    rcrun kill --all "$ID" KILL
    ok
    rcrun kill -a "$ID"
    ok
    status_is stopped
    rcrun delete "$ID"
    ok
}

@test "kill with all ends a running container" {
    stays
    args sh -c 'sleep 1000 & sleep 1000 & echo >/up; wait'
    lives run -d "$ID"
    ok
    until_ok 5 test -s rootfs/up
    rcrun kill --all "$ID" KILL
    ok
    until_ok 5 status_is stopped
    no_processes
    rcrun delete "$ID"
    ok
}

@test "a created container can be killed, and then not be started" {
    stays
    lives create "$ID"
    ok
    rcrun kill "$ID" KILL
    ok
    until_ok 5 status_is stopped
    rcrun start "$ID"
    refused 'cannot start a container that has stopped'
    [ ! -e rootfs/marker ]
    rcrun delete "$ID"
    ok
    gone
}

@test "the end of the first process by another hand is seen" {
    stays
    for how in create 'run -d'; do
        # shellcheck disable=SC2086 # words
        lives $how "$ID"
        ok
        kill -9 "$(state pid)"
        until_ok 5 status_is stopped
        is "$(state pid)" 0
        rcrun start "$ID"
        refused 'stopped'
        rcrun kill "$ID"
        refused 'not running'
        rcrun delete "$ID"
        ok
        gone
    done
}

@test "the pid of another process is not taken for the container" {
    stays
    lives run -d "$ID"
    ok
    kill -9 "$(state pid)"
    until_ok 5 status_is stopped
    # As if the pid had come round.
    sleep 1000 3>&- &
    other=$!
    file=$XDG_RUNTIME_DIR/rcrun/$ID/running.json
    jq -c --argjson p "$other" 'if .init then .init.pid = $p else . end' "$file" >new
    cat new >"$file"
    status_is stopped
    rcrun kill "$ID" KILL
    refused 'not running'
    rcrun delete --force "$ID"
    ok
    gone
    kill -0 "$other"
    kill "$other"
}

# ---- terminals -----------------------------------------------------------------------------

@test "create sends the terminal to a socket" {
    receiver
    bundle
    cfg '.process.terminal = true | .process.consoleSize = {height: 31, width: 97}'
    args sh -c 'for f in 0 1 2; do test -t $f && echo tty$f; done; stty size; read a; echo "got $a"; tty'
    run timeout 30 python3 "$BATS_TEST_TMPDIR/receiver" "$BATS_TEST_TMPDIR/s" \
        "'$RCRUN' create --console-socket '$BATS_TEST_TMPDIR/s' '$ID'" "'$RCRUN' start '$ID'" </dev/null
    rc 0
    for text in tty0 tty1 tty2 '31 97' 'got typed' /dev/pts/0; do line "$text"; done
    until_ok 5 status_is stopped
    rcrun delete "$ID"
    ok
}

@test "run in the background sends it, too, and to a long name" {
    receiver
    bundle
    cfg '.process.terminal = true'
    args sh -c 'read a; echo "got $a"'
    run timeout 30 python3 "$BATS_TEST_TMPDIR/receiver" "$BATS_TEST_TMPDIR/s" \
        "'$RCRUN' run -d --console-socket '$BATS_TEST_TMPDIR/s' '$ID'" </dev/null
    rc 0
    line 'got typed'
    until_ok 5 status_is stopped
    rcrun delete "$ID"
    ok
    # A name that does not fit into an address.
    deep=$BATS_TEST_TMPDIR/$(printf 'd%.0s' $(seq 120))
    mkdir "$deep"
    cd "$deep"
    run timeout 30 python3 "$BATS_TEST_TMPDIR/receiver" s \
        "'$RCRUN' run -d -b '$B' --console-socket '$deep/s' '$ID'" </dev/null
    rc 0
    line 'got typed'
    until_ok 5 status_is stopped
    rcrun delete "$ID"
    ok
}

@test "a terminal and the place to send it go together" {
    bundle
    for how in create 'run -d'; do
        # shellcheck disable=SC2086 # words
        lives $how --console-socket "$B/s" "$ID"
        rc 1
        says console-socket
        gone
        cfg '.process.terminal = true'
        # shellcheck disable=SC2086 # words
        lives $how "$ID"
        rc 1
        says console-socket
        gone
        # Nobody listens.
        # shellcheck disable=SC2086 # words
        lives $how --console-socket "$B/nosuch" "$ID"
        rc 1
        says nosuch
        gone
        cfg '.process.terminal = false'
    done
    no_processes
}
