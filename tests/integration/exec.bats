#!/usr/bin/env bats
# Another program in a container that runs.

load lib

# A container that runs; changes of its config come first.
box() { # [FILTER]
    bundle
    [ $# -eq 0 ] || cfg "$1"
    args sleep 1000
    lives run -d "$ID"
    ok
    pid=$(timeout 10 "$RCRUN" state "$ID" | jq .pid)
}

ex() { # [OPTION... --] COMMAND [ARG...]
    local options=()
    while [[ $1 == -* ]]; do
        [ "$1" = -- ] || options+=("$1")
        shift
    done
    rcrun exec "${options[@]}" "$ID" "$@"
}

end() {
    rcrun delete --force "$ID"
    ok
    no_processes
}

not_done() { # TEXT...: exec itself failed, and says so on one line
    rc 255
    status=1
    refused "$@"
}

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

# ---- what it is like -----------------------------------------------------------------------

@test "directory and environment are those of the container, or of the options" {
    box '.process.cwd = "/home/u" | .process.env += ["OF=config"]'
    ex sh -c 'pwd; echo "$OF $PATH"'
    ok
    out $'/home/u\nconfig /usr/bin:/bin'
    rcrun exec --cwd /tmp --env A=1 -e 'B=x y=z' -e OF=option "$ID" sh -c 'pwd; echo "$A|$B|$OF"'
    ok
    out $'/tmp\n1|x y=z|option'
    # One that is not there is made for the program of the container, and for no other.
    rcrun exec --cwd=/new/one "$ID" pwd
    not_done process.cwd 'no such file or directory'
    [ ! -e rootfs/new ]
    rcrun exec --cwd tmp "$ID" pwd
    not_done cwd
    end
}

@test "the user is that of the container, or of the options" {
    need_ids
    box '.process.user = {uid: 1000, gid: 1000, additionalGids: [5, 7]}'
    ex sh -c 'id -u; id -g; grep ^Groups /proc/self/status'
    ok
    is "$(tr -d ' \t' <<<"$output")" $'1000\n1000\nGroups:57'
    rcrun exec --user 12:34 "$ID" sh -c 'id -u; id -g'
    ok
    out $'12\n34'
    rcrun exec -u 0 "$ID" id -u
    ok
    out 0
    rcrun exec --user 12:34 -g 50 -g 60 "$ID" grep ^Groups /proc/self/status
    ok
    is "$(tr -d ' \t' <<<"$output")" Groups:5060
    for wrong in user 1:x :1 1: -1 4294967295 ''; do
        rcrun exec --user "$wrong" "$ID" id -u
        rc 255
        out ''
    done
    # An id that the container does not have.
    rcrun exec --user 3000000 "$ID" id -u
    rc 255
    out ''
    end
}

@test "privileges are not more than those of the container" {
    box "$(printf '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 13}]}
        | .process.capabilities = (["CAP_CHOWN", "CAP_KILL"] | {bounding: ., effective: ., permitted: .})
        | .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 77, hard: 88}]
        | .process.oomScoreAdj = 321')"
    ex grep -E '^(Cap|NoNewPrivs|Seccomp:|Uid|Gid|Groups)' /proc/self/status
    ok
    out "$(timeout 10 "$RCRUN" exec "$ID" grep -E '^(Cap|NoNewPrivs|Seccomp:|Uid|Gid|Groups)' /proc/1/status)"
    line $'NoNewPrivs:\t1'
    line $'Seccomp:\t2'
    line $'CapEff:\t0000000000000021'
    ex mkdir /made
    rc 1
    says 'ermission denied'
    [ ! -e rootfs/made ]
    ex sh -c 'ulimit -n; ulimit -Hn; cat /proc/self/oom_score_adj'
    ok
    out $'77\n88\n321'
    end
}

@test "no_new_privs and capabilities can be added" {
    box '.process.noNewPrivileges = false | .process.capabilities = (["CAP_CHOWN"] | {bounding: ., effective: ., permitted: .})'
    ex grep -E '^(CapEff|NoNewPrivs)' /proc/self/status
    ok
    out $'CapEff:\t0000000000000001\nNoNewPrivs:\t0'
    rcrun exec --no-new-privs --cap CAP_KILL -c SYSLOG "$ID" grep -E '^(CapEff|NoNewPrivs)' /proc/self/status
    ok
    out $'CapEff:\t0000000400000021\nNoNewPrivs:\t1'
    # One that is unknown is passed over with a warning, as in a config.
    rcrun exec --cap CAP_NOSUCH "$ID" grep ^CapEff /proc/self/status
    rc 0
    out $'CapEff:\t0000000000000001'
    says 'CAP_NOSUCH is not known'
    end
}

@test "the process can come from a file" {
    box '.process.env += ["OF=config"]'
    jq '.process | .args = ["sh", "-c", "pwd; echo $A$OF; exit 6"] | .cwd = "/tmp" | .env = ["PATH=/bin", "A=file"]' config.json >process.json
    rcrun exec --process process.json "$ID"
    rc 6
    out $'/tmp\nfile'
    jq '.cwd = "tmp"' process.json >wrong.json
    rcrun exec -p wrong.json "$ID"
    not_done cwd
    echo '{' >wrong.json
    rcrun exec -p wrong.json "$ID"
    not_done wrong.json
    rcrun exec -p nosuch.json "$ID"
    not_done nosuch.json
    end
}

@test "the config that counts is that of create" {
    box
    cfg '.process.cwd = "/tmp" | .process.noNewPrivileges = false'
    ex sh -c 'pwd; grep ^NoNewPrivs /proc/self/status'
    ok
    out $'/\nNoNewPrivs:\t1'
    rm config.json
    ex pwd
    ok
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
