#!/usr/bin/env bats
# What engines and service managers hand over, and what they want to be told: descriptors
# (--preserve-fds, LISTEN_FDS), readiness (NOTIFY_SOCKET), a pidfd (--pidfd-socket).

load lib
load life

tools=$BATS_TEST_DIRNAME/../tools

need_python() {
    command -v python3 >/dev/null && python3 -c 1 || skip 'needs python3'
}

# ---- descriptors ---------------------------------------------------------------------------

# A container that tells what it has.
shows_fds() {
    bundle
    for name in three four five; do echo $name >$name; done
    args sh -c 'ls /proc/self/fd | tr "\n" " "; echo; for fd in 3 4 5; do
        [ ! -e /proc/self/fd/$fd ] || cat <&$fd; done; env | grep ^LISTEN | sort; echo $$'
}

@test "sockets of LISTEN_FDS are passed, with what is told about them" {
    shows_fds
    cp "$RCRUN" copy
    # The copy is sealed first, which is one program more on the way.
    for program in "$RCRUN" ./copy; do
        run --separate-stderr timeout 10 env LISTEN_FDS=2 LISTEN_FDNAMES=web:x "$program" run "$ID" \
            </dev/null 3<three 4<four 5<five
        ok
        out $'0 1 2 3 4 5 \nthree\nfour\nLISTEN_FDNAMES=web:x\nLISTEN_FDS=2\nLISTEN_PID=1\n1'
    done
    # With the right process id, as a manager that starts rcrun itself gives it.
    run --separate-stderr timeout 10 sh -c 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" run "$1"' "$RCRUN" "$ID" \
        </dev/null 3<three 4<four 5<&-
    ok
    out $'0 1 2 3 4 \nthree\nLISTEN_FDS=1\nLISTEN_PID=1\n1'
}

@test "those of another process are not" {
    shows_fds
    for pid in 1 $$ 0 '' x 99999999999999999999; do
        run --separate-stderr timeout 10 env LISTEN_FDS=1 "LISTEN_PID=$pid" LISTEN_FDNAMES=x "$RCRUN" run "$ID" \
            </dev/null 3<three 4<&- 5<&-
        ok
        out $'0 1 2 3 \n1'
    done
    for fds in 0 ''; do
        run --separate-stderr timeout 10 env "LISTEN_FDS=$fds" "$RCRUN" run "$ID" </dev/null 3<three 4<&- 5<&-
        ok
        out $'0 1 2 3 \n1'
    done
    run --separate-stderr timeout 10 env LISTEN_FDS=x "$RCRUN" run "$ID" </dev/null
    refused LISTEN_FDS '"x"'
}

@test "descriptors of --preserve-fds come behind those of LISTEN_FDS" {
    shows_fds
    run --separate-stderr timeout 10 env LISTEN_FDS=2 "$RCRUN" run --preserve-fds 1 "$ID" \
        </dev/null 3<three 4<four 5<five
    ok
    out $'0 1 2 3 4 5 6 \nthree\nfour\nfive\nLISTEN_FDS=2\nLISTEN_PID=1\n1'
    run --separate-stderr timeout 10 env LISTEN_FDS=2 "$RCRUN" run --preserve-fds 1 "$ID" \
        </dev/null 3<three 4<four 5<&-
    refused '--preserve-fds 1: descriptor 5 is not open'
}

@test "what is not open, or leads out of the container, is refused" {
    shows_fds
    run --separate-stderr timeout 10 env LISTEN_FDS=2 "$RCRUN" run "$ID" </dev/null 3<three 4<&-
    refused 'LISTEN_FDS=2: descriptor 4 is not open'
    run --separate-stderr timeout 10 env LISTEN_FDS=1 "$RCRUN" run "$ID" </dev/null 3</
    refused 'LISTEN_FDS=1: descriptor 3 is a directory'
    run --separate-stderr timeout 10 env LISTEN_FDS=4294967295 "$RCRUN" run --preserve-fds 4294967295 "$ID" </dev/null
    refused LISTEN_FDS=4294967295
    # The log is none of the caller's.
    run --separate-stderr timeout 10 env LISTEN_FDS=1 "$RCRUN" --log log run "$ID" </dev/null 3<&-
    refused 'LISTEN_FDS=1: descriptor 3 is not open'
}

@test "without a pid namespace the program is told its own number" {
    shows_fds
    without pid
    cfg '.process.env += ["LISTEN_PID=1", "LISTEN_FDS=7"]'
    run --separate-stderr timeout 10 env LISTEN_FDS=1 "$RCRUN" run "$ID" </dev/null 3<three 4<&- 5<&-
    rc 0
    pid=$(tail -n 1 <<<"$output")
    [ "$pid" -gt 1 ]
    out $'0 1 2 3 4 \nthree\nLISTEN_FDS=1\nLISTEN_PID='"$pid"$'\n'"$pid"
}

@test "they wait with the container for start, and exec has none" {
    shows_fds
    args sh -c 'cat <&3 >/got; env | grep ^LISTEN | sort >>/got; exec sleep 1000'
    LISTEN_FDS=1 timeout 10 "$RCRUN" create "$ID" </dev/null >/dev/null 2>err 3<three
    is "$(cat err)" ''
    # What start and exec are given is not for the container.
    LISTEN_FDS=1 timeout 10 "$RCRUN" start "$ID" </dev/null 3<four
    until_ok 5 grep -q LISTEN_PID rootfs/got
    is "$(cat rootfs/got)" $'three\nLISTEN_FDS=1\nLISTEN_PID=1'
    run --separate-stderr timeout 10 env LISTEN_FDS=1 "$RCRUN" exec "$ID" \
        sh -c 'ls /proc/self/fd | tr "\n" " "; env | grep LISTEN' </dev/null 3<four
    rc 1
    out '0 1 2 3 '
    delete_it
}

@test "a socket of systemd arrives" {
    command -v systemd-socket-activate >/dev/null || skip 'needs systemd-socket-activate(1)'
    need_python
    bundle
    args sh -c 'readlink /proc/self/fd/3; env | grep ^LISTEN | sort'
    # It starts the program at the first connection.
    timeout 15 systemd-socket-activate --listen="$B/s" --fdname=web "$RCRUN" run "$ID" \
        </dev/null >got 2>err 3>&- &
    activator=$!
    until_ok 5 test -S s
    python3 -c 'import socket,sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])' "$B/s"
    wait $activator
    grep -q '^socket:' got
    is "$(sed 1d got)" $'LISTEN_FDNAMES=web\nLISTEN_FDS=1\nLISTEN_PID=1'
}

# ---- readiness -----------------------------------------------------------------------------

# A bundle with the program notify, and a manager that listens at $M; said has what it is told.
notifies() { # SHELL-COMMANDS
    need_python
    bundle
    [ -x "${builddir-}/tests/tools/notify" ] || skip 'needs tests/tools/notify'
    cp "$builddir/tests/tools/notify" rootfs/bin/
    args sh -c "$1"
    M=${M-$B/m}
    manager
}

manager() {
    python3 "$tools/manager" "$M" said </dev/null >/dev/null 2>manager.err 3>&- &
    MANAGER=$!
    until_ok 5 test -e said
}

teardown() {
    [ -z "${MANAGER-}" ] || kill "$MANAGER"
    local left
    [ -n "${ID-}" ] || return 0
    left=$(left_behind)
    remove_all
    [ -z "$left" ] || fail "$left"
}

@test "the program says that it is ready, and the manager hears it from rcrun" {
    notifies 'echo $NOTIFY_SOCKET; notify "READY=1\nSTATUS=up"; notify STATUS=later WATCHDOG=1; until [ -e /go ]; do sleep .05; done; notify READY=1; exit 3'
    NOTIFY_SOCKET=$M "$RCRUN" run "$ID" </dev/null >out 2>err 3>&- &
    pid=$!
    until_ok 10 grep -q MAINPID said
    : >rootfs/go
    status=0
    wait $pid || status=$?
    is "$status" 3
    is "$(cat out)" /run/notify/notify.sock
    is "$(cat err)" ''
    # Once, and it is rcrun whose end and status count.
    is "$(cat said)" "$pid 0 \"READY=1\\n\"
$pid 0 \"MAINPID=$pid\\n\""
}

@test "run in the background comes back when it is ready" {
    notifies 'until [ -e /go ]; do sleep .05; done; notify READY=1 fd:BARRIER=1 && echo >/told; exec sleep 1000'
    NOTIFY_SOCKET=$M timeout 20 "$RCRUN" run -d "$ID" </dev/null >out 2>err 3>&- &
    runs=$!
    until_ok 10 status_is running
    # Not yet; and others have their way with the container.
    rcrun kill "$ID" CONT
    ok
    kill -0 $runs
    is "$(cat said)" ''
    : >rootfs/go
    wait $runs
    is "$(cat err)" ''
    # Who ends waits until the manager has read it all.
    is "$(cut -d' ' -f2- said)" '0 "READY=1\n"
0 "MAINPID='"$(state pid)"'\n"
1 "BARRIER=1"'
    until_ok 5 test -e rootfs/told
    delete_it
}

@test "start comes back when it is ready" {
    notifies 'until [ -e /go ]; do sleep .05; done; notify READY=1 fd:BARRIER=1 && echo >/told; exec sleep 1000'
    NOTIFY_SOCKET=$B/nobody lives create "$ID"
    ok
    NOTIFY_SOCKET=$M timeout 20 "$RCRUN" start "$ID" </dev/null >out 2>err 3>&- &
    starts=$!
    until_ok 10 status_is running
    rcrun kill "$ID" CONT
    ok
    kill -0 $starts
    : >rootfs/go
    wait $starts
    is "$(cat err)" ''
    is "$(cut -d' ' -f2- said)" '0 "READY=1\n"
0 "MAINPID='"$(state pid)"'\n"
1 "BARRIER=1"'
    until_ok 5 test -e rootfs/told
    delete_it
}

@test "a program that ends before it is ready ends the wait" {
    notifies 'notify STATUS=failing; exit 1'
    for how in create 'run -d'; do
        # shellcheck disable=SC2086 # words
        NOTIFY_SOCKET=$M lives $how "$ID"
        ok
        [ "$how" != create ] || NOTIFY_SOCKET=$M lives start "$ID"
        ok
        status_is stopped
        rcrun delete "$ID"
        ok
    done
    NOTIFY_SOCKET=$M go
    rc 1
    is "$(cat said)" ''
}

@test "of what the container says nothing else goes on" {
    notifies 'notify MAINPID=1 STATUS=x xREADY=1 READY=10 READY=0 "FDSTORE=1\nFDNAME=x" "long:READY=1" fd:FDSTORE=1 ""
        for i in 1 2 3 4 5 6 7 8 9; do
            notify fd:x $(seq 100)
        done; echo >/told; until [ -e /go ]; do sleep .05; done'
    NOTIFY_SOCKET=$M "$RCRUN" run "$ID" </dev/null >out 2>err 3>&- &
    pid=$!
    until_ok 10 test -e rootfs/told
    # What it sent as descriptors is not kept.
    is "$(find "/proc/$pid/fd" -lname 'pipe:*' -printf '%f\n' | tr '\n' ' ')" ''
    : >rootfs/go
    wait $pid
    is "$(cat err)" ''
    is "$(cat said)" ''
    # The manager would have heard it.
    NOTIFY_SOCKET=$M "$builddir/tests/tools/notify" MAINPID=1 long:READY=1
    until_ok 5 grep -q READY said
    grep -q MAINPID=1 said
}

@test "every user of the container may say it, and nobody can change the place" {
    need_ids
    notifies 'id -u; notify READY=1; touch /run/notify/x 2>&1; rm -f /run/notify/notify.sock 2>&1; stat -c %a /run/notify/notify.sock'
    umask 077
    caps CAP_DAC_OVERRIDE CAP_SYS_ADMIN
    for u in 0 1000; do
        user $u
        NOTIFY_SOCKET=$M go
        rc 0
        line $u
        is "$(grep -c 'Read-only file system' <<<"$output")" 2
        line 777
    done
    is "$(grep -c READY=1 said)" 2
    umask 022
}

@test "it works where root of the container is somebody else" {
    need_ids
    notifies 'notify READY=1'
    first=$(sed -n "s/^$(id -un):\([0-9]*\):.*/\1/p" /etc/subuid | head -n 1)
    firstg=$(sed -n "s/^$(id -un):\([0-9]*\):.*/\1/p" /etc/subgid | head -n 1)
    [ -n "$first" ] && [ -n "$firstg" ] || skip 'needs subordinate ids by name'
    cfg --argjson u "$first" --argjson g "$firstg" '.linux.uidMappings = [{containerID: 0, hostID: $u, size: 1000}]
        | .linux.gidMappings = [{containerID: 0, hostID: $g, size: 1000}]'
    mkdir -p rootfs/run/notify
    chmod 711 "$BATS_TEST_TMPDIR" "$B"
    NOTIFY_SOCKET=$M go
    rc 0
    is "$(grep -c READY=1 said)" 1
    # Another process stands between where a time namespace is made.
    cfg '.linux.namespaces += [{type: "time"}]'
    NOTIFY_SOCKET=$M go
    rc 0
    is "$(grep -c READY=1 said)" 2
}

@test "it needs no writable root and leaves no descriptor to the program" {
    notifies 'notify READY=1; ls /proc/self/fd | tr "\n" " "; grep " /run/notify " /proc/self/mountinfo | cut -d" " -f6'
    cfg '.root.readonly = true'
    mnt /run tmpfs tmpfs mode=755
    NOTIFY_SOCKET=$M go
    ok
    # 3 is the directory that ls reads.
    out '0 1 2 3 ro,nosuid,nodev,noexec,relatime'
    [ ! -e rootfs/run/notify ]
    args sh -c 'ls /proc/self/fd | tr "\n" " " >/run/fds; notify READY=1; exec sleep 1000'
    NOTIFY_SOCKET=$M lives create "$ID"
    ok
    NOTIFY_SOCKET=$M lives start "$ID"
    ok
    rcrun exec "$ID" cat /run/fds
    out '0 1 2 3 '
    delete_it
}

@test "a manager with a long name, one without a file, and none" {
    notifies 'notify READY=1; echo ran'
    kill $MANAGER
    M=@rcrun-test-$ID
    manager
    NOTIFY_SOCKET=$M go
    ok
    is "$(grep -c 'READY=1' said)" 1
    kill $MANAGER
    MANAGER=
    NOTIFY_SOCKET=$B/nosuch go
    rc 0
    out ran
    says 'NOTIFY_SOCKET: '
    says nosuch
    # No file for it but a relative one: it is for somebody else.
    rmdir rootfs/run/notify
    for odd in vsock:2:1 relative/name; do
        NOTIFY_SOCKET=$odd go sh -c 'echo "<$NOTIFY_SOCKET>"; ls /run'
        rc 0
        out '<>'
        says "$odd is not passed on"
    done
    NOTIFY_SOCKET='' go sh -c 'echo "<$NOTIFY_SOCKET>"'
    ok
    out '<>'
}

@test "the two halves of a start have it both, or there is a warning" {
    notifies 'notify READY=1 2>/dev/null; exec sleep 1000'
    lives create "$ID"
    ok
    NOTIFY_SOCKET=$M lives start "$ID"
    rc 0
    says 'NOTIFY_SOCKET: not passed on'
    delete_it
    NOTIFY_SOCKET=$M lives create "$ID"
    ok
    lives start "$ID"
    ok
    status_is running
    is "$(cat said)" ''
    delete_it
}

@test "hooks and exec have no NOTIFY_SOCKET, and exec tells nobody" {
    notifies 'notify READY=1; exec sleep 1000'
    cfg --arg out "$B/hook.env" '.hooks = (["prestart", "createRuntime", "createContainer", "startContainer", "poststart"]
        | map({(.): [{path: "/bin/sh", args: ["sh", "-c", "env >>\(if . == "startContainer" or . == "createContainer" then "/dev/null; [ -z \"$NOTIFY_SOCKET\" ]" else $out end)"]}]}) | add)'
    NOTIFY_SOCKET=$M lives run -d "$ID"
    ok
    [ -s hook.env ] && ! grep NOTIFY hook.env
    NOTIFY_SOCKET=$M rcrun exec "$ID" sh -c 'echo "<$NOTIFY_SOCKET>"'
    ok
    out '<>'
    is "$(grep -c READY said)" 1
    delete_it
}

@test "systemd-notify(1) in the container is content" {
    [ -x /usr/bin/systemd-notify ] || skip 'needs systemd-notify(1)'
    notifies 'systemd-notify --ready --status=up && echo sent'
    for dir in lib lib64; do ln -s usr/$dir rootfs/$dir; done
    mnt /usr none /usr rbind ro
    for how in run 'run -d'; do
        : >said
        # shellcheck disable=SC2086 # words
        NOTIFY_SOCKET=$M lives $how "$ID"
        rc 0
        until_ok 5 grep -q MAINPID said
        until_ok 5 grep -q sent "$BATS_TEST_TMPDIR/out"
    done
    until_ok 5 status_is stopped
    rcrun delete "$ID"
    ok
}

# ---- a pidfd -------------------------------------------------------------------------------

receiver() { # COMMAND...: of rcrun
    need_python
    rm -f "$BATS_TEST_TMPDIR/s"
    run --separate-stderr timeout 30 python3 "$tools/pidfd-receiver" "${S-$BATS_TEST_TMPDIR/s}" "$RCRUN" "$@"
}

@test "create sends a pidfd of the first process" {
    bundle
    WAIT=1 receiver create --pid-file pid --pidfd-socket "$BATS_TEST_TMPDIR/s" "$ID"
    ok
    out "text standard
descriptors 1
pid $(cat pid)
rest b''
status 0
ended True"
    status_is stopped
    rcrun delete "$ID"
    ok
}

@test "run sends it as well, to a name of any length" {
    bundle
    args sleep 1000
    receiver run --pid-file pid --pidfd-socket "$BATS_TEST_TMPDIR/s" "$ID"
    ok
    out "text standard
descriptors 1
pid $(cat pid)
rest b''
ended True
status 137"
    deep=$BATS_TEST_TMPDIR/$(printf 'd%.0s' $(seq 120))
    mkdir "$deep"
    S=$deep/$(printf 's%.0s' $(seq 90)) receiver run --bundle "$B" --pidfd-socket "$(printf 's%.0s' $(seq 90))" "$ID"
    ok
    line 'text standard'
    line 'status 137'
}

@test "an annotation may ask for it" {
    bundle
    args sleep 1000
    cfg --arg s "$BATS_TEST_TMPDIR/s" '.annotations["run.oci.pidfd_receiver"] = $s'
    receiver run "$ID"
    ok
    line 'text standard'
    line 'status 137'
}

@test "exec sends one of its own program" {
    bundle
    args sleep 1000
    lives run -d "$ID"
    ok
    receiver exec --pid-file pid --pidfd-socket "$BATS_TEST_TMPDIR/s" "$ID" sleep 1000
    ok
    out "text setns
descriptors 1
pid $(cat pid)
rest b''
ended True
status 137"
    [ "$(cat pid)" != "$(state pid)" ]
    status_is running
    delete_it
}

@test "where nobody listens nothing starts" {
    bundle
    args sh -c 'echo >/ran; exec sleep 1000'
    for how in create run 'run -d'; do
        # shellcheck disable=SC2086 # words
        lives $how --pidfd-socket nosuch "$ID"
        refused 'pidfd socket' "$B/nosuch" 'no such file'
        [ ! -e rootfs/ran ]
        [ ! -e "$XDG_RUNTIME_DIR/rcrun/$ID" ]
    done
    lives run -d "$ID"
    ok
    until_ok 5 test -e rootfs/ran
    rm rootfs/ran
    rcrun exec --pidfd-socket nosuch "$ID" sh -c 'echo >/ran'
    rc 255
    says nosuch
    delete_it
}
