#!/usr/bin/env bats
# Another program in a container that runs.

load lib
load life

# ---- where ---------------------------------------------------------------------------------

@test "it runs in all namespaces of the container, and on its root" {
    box '.linux.namespaces += [{type: "cgroup"}] | .hostname = "inside"'
    echo here >rootfs/file
    for kind in user mnt pid pid_for_children net ipc uts cgroup time; do
        ex readlink /proc/self/ns/$kind
        ok
        out "$(readlink "/proc/$pid/ns/$kind")"
        case $kind in
        time) ;;
        *) [ "$output" != "$(readlink /proc/self/ns/$kind)" ] || fail "$kind is that of the host" ;;
        esac
    done
    ex cat /proc/sys/kernel/hostname /file
    ok
    out $'inside\nhere'
    ex sh -c 'tr "\0" " " </proc/1/cmdline; echo $$ >/pid; test "$$" -gt 1'
    ok
    out 'sleep 1000 '
    ex stat -c %d:%i /
    out "$(stat -Lc %d:%i "/proc/$pid/root")"
    # There is nothing of it left, and the container goes on.
    is "$(processes | wc -l)" 1
    kill -0 "$pid"
    end
}

@test "it shares the namespaces that the container shares" {
    bundle
    without network ipc
    cfg '.mounts |= map(select(.destination != "/sys"))'
    args sleep 1000
    lives run -d "$ID"
    rc 0
    ex readlink /proc/self/ns/net
    out "$(readlink /proc/self/ns/net)"
    ex readlink /proc/self/ns/ipc
    out "$(readlink /proc/self/ns/ipc)"
    end
}

@test "it works where the caller has no id in the container, or another one" {
    need_ids
    need_mapped
    first=$(awk -F: -v u="$(id -un)" '$1 == u { print $2; exit }' /etc/subuid)
    group=$(awk -F: -v u="$(id -un)" '$1 == u { print $2; exit }' /etc/subgid)
    # Root is a subordinate id; the caller is nobody there, or 1000.
    for caller in nobody 1000; do
        bundle
        cfg --argjson first "$first" --argjson group "$group" --argjson uid "$(id -u)" --argjson gid "$(id -g)" \
            '.linux.uidMappings = [{containerID: 0, hostID: $first, size: 1000}] |
            .linux.gidMappings = [{containerID: 0, hostID: $group, size: 1000}]'
        [ $caller = nobody ] || cfg --argjson uid "$(id -u)" --argjson gid "$(id -g)" \
            '.linux.uidMappings += [{containerID: 1000, hostID: $uid, size: 1}] |
            .linux.gidMappings += [{containerID: 1000, hostID: $gid, size: 1}]'
        mapped chown -R 1:1 rootfs
        chmod 711 "$B" "$BATS_TEST_TMPDIR"
        args sleep 1000
        lives run -d "$ID"
        ok
        ex sh -c 'id -u; touch /made; stat -c %u:%g /made'
        ok
        out $'0\n0:0'
        rcrun exec --user 5:6 "$ID" sh -c 'id -u; id -g'
        ok
        out $'5\n6'
        # The terminal of the program is nobody else's.
        output=$(timeout 20 script -qec "'$RCRUN' exec -t --user 7 '$ID' sh -c 'stat -c %u \$(tty)'" /dev/null </dev/null)
        is "$(tr -d '\r\0^@' <<<"$output")" 7
        end
        cd "$BATS_TEST_TMPDIR"
        mapped rm -rf "$B"
    done
}

@test "it works in an engine's user namespace, and from outside of it" {
    need_mapped
    unshare --user --map-root-user --map-auto sleep 1000 3>&- &
    engine=$!
    until_ok 5 eval '[ "$(wc -l </proc/$engine/uid_map)" = 2 ]'
    inside=(nsenter -t "$engine" --user --setuid 0 --setgid 0)
    bundle
    args sleep 1000
    # A container with a user namespace of its own below the engine's, and one that shares that.
    for own in yes no; do
        [ $own = yes ] || without user
        PREFIX=("${inside[@]}")
        lives run -d "$ID"
        rc 0
        ex sh -c 'id -u; test $(readlink /proc/self/ns/user) = $(readlink /proc/1/ns/user) && echo same'
        ok
        out $'0\nsame'
        # The caller owns the engine's user namespace, and so has power in what is below it.
        PREFIX=()
        ex id -u
        ok
        out 0
        end
    done
    kill "$engine"
}

@test "from a user namespace beside that of the container there is no way in" {
    need_mapped
    box
    PREFIX=(unshare --user --map-root-user)
    ex true
    not_done "cannot exec in container $ID" denied
    says 'hint: the container belongs to another user, or to a user namespace that is not below'
    PREFIX=()
    end
}

@test "the user namespace of another container can be the container's" {
    box
    first=$ID
    bundle "$BATS_TEST_TMPDIR/second"
    ID=$first.2
    edit '.linux.namespaces |= map(if .type == "user" then .path = $ARGS.positional[0] else . end)' "/proc/$pid/ns/user"
    args sleep 1000
    lives run -d "$ID"
    rc 0
    second=$(timeout 10 "$RCRUN" state "$ID" | jq .pid)
    for kind in user pid mnt; do
        ex readlink /proc/self/ns/$kind
        ok
        out "$(readlink "/proc/$second/ns/$kind")"
    done
    is "$(readlink "/proc/$second/ns/user")" "$(readlink "/proc/$pid/ns/user")"
    rcrun delete --force "$ID"
    ID=$first
    end
}

@test "while the container is made there is nothing to run in" {
    bundle
    cfg --arg r "$RCRUN" --arg x "$XDG_RUNTIME_DIR" --arg id "$ID" '.hooks.createRuntime = [{path: "/bin/sh",
        args: ["sh", "-c", "timeout 10 \($r) exec \($id) cat /etc/hostname >said 2>&1; echo $? >>said"], env: ["XDG_RUNTIME_DIR=\($x)", "PATH=/usr/bin:/bin"]}]'
    go true
    ok
    is "$(cat said)" "rcrun: cannot exec in container $ID, which is still being created
255"
}

# ---- status and streams --------------------------------------------------------------------

@test "the status of the program is its own" {
    box
    for code in 0 1 7 126 127 254 255; do
        lives exec "$ID" sh -c "exit $code"
        rc "$code"
        is "$stderr" ''
    done
    ex sh -c 'kill -9 $$'
    rc 137
    ex sh -c 'kill -TERM $$'
    rc 143
    end
}

@test "what cannot be run is an error of exec, and the container goes on" {
    box
    echo >rootfs/plain
    for program in /nosuch nosuch; do
        ex $program
        not_done "exec: \"$program\""
    done
    ex /plain
    not_done /plain 'permission denied'
    ex /proc
    not_done /proc 'permission denied'
    ex -- ''
    not_done
    rcrun exec "$ID"
    not_done 'exec args cannot be empty'
    is "$(processes | wc -l)" 1
    end
}

@test "standard streams are those of the caller" {
    box
    run --separate-stderr timeout 10 "$RCRUN" exec "$ID" sh -c 'read a; echo "out $a"; echo err >&2' <<<'word'
    rc 0
    out 'out word'
    is "$stderr" err
    head -c 1000000 /dev/urandom >data
    is "$(cat data | timeout 20 "$RCRUN" exec "$ID" cat | sha256sum)" "$(sha256sum <data)"
    # No other descriptor: the fourth is that of ls.
    output=$(timeout 10 "$RCRUN" exec "$ID" ls /proc/self/fd 5<data 9<data 3>&- </dev/null)
    out $'0\n1\n2\n3'
    output=$(timeout 10 "$RCRUN" exec --preserve-fds 1 "$ID" sh -c 'cat <&3' 3<config.json </dev/null)
    out "$(cat config.json)"
    end
}

@test "options end at the id" {
    box
    ex echo --cwd -t -- x
    ok
    out '--cwd -t -- x'
    end
}

@test "signals go to the program" {
    box
    "$RCRUN" exec "$ID" sh -c 'trap "exit 9" TERM; echo >/up; while :; do sleep .05; done' </dev/null >/dev/null 2>&1 3>&- &
    exec_pid=$!
    until_ok 5 test -s rootfs/up
    kill -TERM "$exec_pid"
    status=0
    wait "$exec_pid" || status=$?
    is "$status" 9
    end
}

# ---- in the background, on a terminal, many ------------------------------------------------

@test "in the background it comes back and the program lives on" {
    box
    lives exec --detach --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" sh -c 'echo >/up; exec sleep 2000'
    ok
    out ''
    until_ok 5 test -s rootfs/up
    other=$(cat "$BATS_TEST_TMPDIR/pid")
    [ "$other" != "$pid" ]
    until_ok 5 eval '[ "$(tr "\0" " " <"/proc/$other/cmdline")" = "sleep 2000 " ]'
    is "$(readlink "/proc/$other/ns/pid")" "$(readlink "/proc/$pid/ns/pid")"
    is "$(processes | wc -l)" 2
    # What cannot be run is told before it comes back.
    lives exec -d "$ID" /nosuch
    not_done /nosuch
    # The end of the container is its end.
    end
}

@test "the pid file is there before the program, and goes when there is none" {
    box
    lives exec -d --pid-file "$B/rootfs/pid" "$ID" sh -c 'cp /pid /copy; exec sleep 2000'
    ok
    until_ok 5 test -s rootfs/copy
    cmp rootfs/pid rootfs/copy
    # No newline, and the pid that the caller sees.
    is "$(wc -l <rootfs/pid)" 0
    is "$(readlink "/proc/$(cat rootfs/pid)/ns/pid")" "$(readlink "/proc/$pid/ns/pid")"
    # Relative to the caller, also in the foreground.
    mkdir here
    cd here
    rcrun exec --pid-file pid "$ID" true
    ok
    [[ $(cat pid) =~ ^[0-9]+$ ]]
    for program in /nosuch nosuch; do
        lives exec -d --pid-file pid2 "$ID" $program
        not_done "$program"
        [ ! -e pid2 ]
    done
    # Where it cannot be written the program does not run.
    lives exec -d --pid-file nosuch/pid "$ID" touch /ran
    not_done nosuch
    [ ! -e ../rootfs/ran ]
    end
}

@test "the program goes to the subreaper of the caller, with its status" {
    command -v python3 >/dev/null && python3 -c 1 || skip 'needs python3'
    box
    cat >reaper <<'EOF'
import ctypes, os, subprocess, sys
assert ctypes.CDLL(None).prctl(36, 1, 0, 0, 0) == 0
rcrun, name = sys.argv[1:]
command = [rcrun, "exec", "--detach", "--pid-file", "pid", name, "sh", "-c", "read x; exit 7"]
read, write = os.pipe()
subprocess.run(command, stdin=read, timeout=10, check=True)
pid = int(open("pid").read())
stat = open(f"/proc/{pid}/stat").read().rsplit(")")[1].split()
assert int(stat[1]) == os.getpid(), stat
os.write(write, b"\n")
got, status = os.waitpid(pid, 0)
print(os.waitstatus_to_exitcode(status))
EOF
    run timeout 20 python3 reaper "$RCRUN" "$ID" </dev/null 3>&-
    is "$status $output" '0 7'
    end
}

@test "the terminal of a program in the background goes to a socket" {
    receiver
    box
    jq '.process | .terminal = true | .consoleSize = {height: 31, width: 97}
        | .args = ["sh", "-c", "for f in 0 1 2; do test -t $f && echo tty$f; done; stty size; read a; echo \"got $a\"; tty"]' config.json >process.json
    run timeout 30 python3 "$BATS_TEST_TMPDIR/receiver" "$BATS_TEST_TMPDIR/s" \
        "'$RCRUN' exec --detach --process process.json --console-socket '$BATS_TEST_TMPDIR/s' --pid-file pid '$ID'; test -s pid" </dev/null 3>&-
    rc 0
    for text in tty0 tty1 tty2 '31 97' 'got typed' /dev/pts/0; do line "$text"; done
    # They go together, and what cannot be sent is not started.
    lives exec -d --tty "$ID" touch /ran
    not_done terminal
    says console-socket
    for options in '-d --console-socket x' '--console-socket x'; do
        # shellcheck disable=SC2086 # words
        lives exec $options "$ID" touch /ran
        not_done 'nothing for --console-socket'
    done
    lives exec -d --tty --console-socket nosuch --pid-file pid2 "$ID" touch /ran
    not_done nosuch
    [ ! -e pid2 ] && [ ! -e rootfs/ran ]
    end
}

@test "a terminal wants one of the caller" {
    box
    rcrun exec --tty "$ID" true
    not_done 'no terminal on stdin'
    says 'leave out --tty'
    rcrun exec --tty=false "$ID" sh -c 'test -t 0 || echo none'
    ok
    out none
    end
    # The config's is for its own program.
    cfg '.process.terminal = true'
    receiver
    args sh -c 'read a; exec sleep 1000'
    run timeout 30 python3 "$BATS_TEST_TMPDIR/receiver" "$BATS_TEST_TMPDIR/s" \
        "'$RCRUN' run -d --console-socket '$BATS_TEST_TMPDIR/s' '$ID'" \
        "'$RCRUN' exec '$ID' sh -c 'test -t 0 || echo none' >said; '$RCRUN' kill '$ID' KILL" </dev/null 3>&-
    rc 0
    is "$(cat said)" none
    until_ok 5 status_is stopped
    rcrun delete "$ID"
    ok
}

@test "its terminal follows the caller's, which is as it was afterwards" {
    [ "$(timeout 10 script -qec 'test -t 0 && echo yes' /dev/null </dev/null | tr -d '\r')" = yes ] ||
        skip 'script(1) does not work here'
    box
    cat >commands <<EOF
stty rows 37 cols 113
stty -g >before
(while ! [ -e rootfs/up ]; do sleep .05; done; stty -F /dev/tty rows 50 cols 60) &
"$RCRUN" exec -t "$ID" sh -c 'stty size; trap "stty size; stty raw; kill -9 \$\$" WINCH; touch /up; while :; do sleep .1; done'
echo "status \$?"
stty -g >after
EOF
    mkfifo typed
    run timeout -k 2 "$LIMIT" script -qec 'sh commands' /dev/null <>typed
    output=$(tr -d '\r' <<<"$output")
    for text in '37 113' '50 60' 'status 137'; do line "$text"; done
    cmp before after
    end
}

@test "it can have a terminal" {
    [ "$(timeout 10 script -qec 'test -t 0 && echo yes' /dev/null </dev/null | tr -d '\r')" = yes ] ||
        skip 'script(1) does not work here'
    box
    cat >commands <<EOF
stty rows 37 cols 113
"$RCRUN" exec --tty "$ID" sh -c 'for f in 0 1 2; do test -t \$f && echo tty\$f; done; tty; stty size; echo by-tty >/dev/tty; exit 5'
echo "status \$?"
EOF
    mkfifo typed
    run timeout -k 2 "$LIMIT" script -qec 'sh commands' /dev/null <>typed
    output=$(tr -d '\r' <<<"$output")
    for text in tty0 tty1 tty2 '37 113' by-tty 'status 5'; do line "$text"; done
    grep -qx '/dev/pts/[0-9]*' <<<"$output"
    end
}

@test "many at once" {
    box
    pids=()
    for i in $(seq 10); do
        { timeout 20 "$RCRUN" exec "$ID" sh -c 'read x; sleep .2; echo "<$x>"; exit "$x"' <<<"$i" >"out.$i" 2>"err.$i" || echo $? >"status.$i"; } 3>&- &
        pids+=($!)
    done
    wait "${pids[@]}"
    for i in $(seq 10); do
        is "$(cat "out.$i" "status.$i" "err.$i")" "<$i>
$i"
    done
    is "$(processes | wc -l)" 1
    end
}

@test "a container that ends takes it along" {
    box
    "$RCRUN" exec "$ID" sh -c 'echo >/up; exec sleep 1000' </dev/null >/dev/null 2>&1 3>&- &
    exec_pid=$!
    until_ok 5 test -s rootfs/up
    end
    status=0
    wait "$exec_pid" || status=$?
    is "$status" 137
}

@test "a container that ends meanwhile is one that has stopped" {
    for delay in .004 .006 .008 .010 .012 .014 .016 .018 .020 .025; do
        box
        { sleep "$delay" && kill -9 "$pid"; } 3>&- &
        killer=$!
        ex true
        wait "$killer"
        case $status in
        0 | 137) is "$stderr" '' ;;
        *) not_done 'cannot exec in a stopped container' ;;
        esac
        end
        cd "$BATS_TEST_TMPDIR"
        rm -rf b
    done
}

@test "it is refused when the container has stopped" {
    bundle
    lives run -d "$ID"
    ok
    until_ok 5 eval '[ "$("$RCRUN" state "$ID" | jq -r .status)" = stopped ]'
    ex true
    not_done 'cannot exec in a stopped container'
    rcrun delete "$ID"
    ok
    ex true
    not_done 'does not exist'
}

@test "before the program is started only root can look into the container" {
    bundle
    args sh -c 'echo up >/marker; exec sleep 1000'
    lives create "$ID"
    ok
    ex true
    not_done 'was not started'
    says "rcrun start $ID"
    is "$(timeout 10 "$RCRUN" state "$ID" | jq -r .status)" created
    lives start "$ID"
    ok
    until_ok 5 test -s rootfs/marker
    ex cat /marker
    ok
    out up
    end
}

@test "a dry run shows the steps and does none" {
    box
    rcrun exec --dry-run "$ID" touch /made
    rc 0
    [ -n "$output" ]
    [ ! -e rootfs/made ]
    end
}
