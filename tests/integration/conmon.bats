#!/usr/bin/env bats
# Conmon alone, called as podman and CRI-O call it: it calls rcrun, holds the output of the
# container, and tells its pid and its end in files.

load lib

need_conmon() {
    command -v conmon >/dev/null || skip 'conmon is not installed'
    bundle
    mkdir "$B/exits" "$B/sockets" "$B/exec"
    mkfifo "$B/sync"
    exec {SYNC}<>"$B/sync"
}

# Conmon goes to the background; what it says of the start comes through a pipe.  Sets `told`.
conmon_run() { # BUNDLE UUID [OPTION...]
    local dir=$1 uuid=$2
    shift 2
    _OCI_SYNCPIPE=3 timeout 20 conmon --api-version 1 -c "$ID" -u "$uuid" -n "name-$ID" -r "$RCRUN" -b "$dir" -p "$dir/pid" \
        --exit-dir "$B/exits" --socket-dir-path "$B/sockets" --log-path "k8s-file:$dir/log" --log-level error \
        --conmon-pidfile "$dir/conmon.pid" "$@" 3>"$B/sync" </dev/null >"$B/said" 2>&1
    IFS= read -r -t 20 -u "$SYNC" told || fail "conmon said nothing: $(cat "$B/said")"
}

# What was written to a log, with the name of its stream in front.
logged() { # FILE
    cut -d' ' -f2- "$1"
}

state() {
    "$RCRUN" state "$ID" | jq -r .status
}

end() {
    exec {SYNC}>&-
    "$RCRUN" delete --force "$ID"
    # Conmon ends with the container.
    until_ok 5 eval '! kill -0 "$(cat conmon.pid)" 2>/dev/null'
    rm -r "$B"
}

@test "conmon creates a container, holds its output and tells its end" {
    need_conmon
    args sh -c 'echo out; echo err >&2; read x; echo got $x; exit 4'
    conmon_run "$B" u1 -i --full-attach
    pid=$(jq -r .data <<<"$told")
    is "$pid" "$(cat pid)"
    is "$(wc -l <pid)" 0
    is "$(state)" created
    is "$("$RCRUN" state "$ID" | jq .pid)" "$pid"
    "$RCRUN" start "$ID"
    until_ok 5 grep -q err log
    is "$(logged log | sort)" $'stderr F err\nstdout F out'
    is "$(state)" running
    # What is typed into it comes by a socket.
    python3 - <<PYTHON
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.settimeout(10)
s.connect("$B/attach")
s.send(b"typed\n")
assert s.recv(100) == b"\2got typed\n"
PYTHON
    until_ok 5 test -e "exits/$ID"
    is "$(cat "exits/$ID")" 4
    is "$(logged log | tail -n 1)" 'stdout F got typed'
    is "$(state)" stopped
    end
}

@test "conmon executes in a container" {
    need_conmon
    args sleep 1000
    conmon_run "$B" u1
    "$RCRUN" start "$ID"
    jq '.process | .args = ["sh", "-c", "echo in; id -u; exit 6"] | .user.uid = 1000' config.json >process.json
    conmon_run "$B/exec" u2 -e --exec-process-spec "$B/process.json"
    [ "$(jq .data <<<"$told")" -gt 0 ]
    # The end of a command is told there, too, and in a file with the name of the container.
    IFS= read -r -t 20 -u "$SYNC" told
    is "$(jq -r .data <<<"$told")" 6
    until_ok 5 test -e "exits/$ID"
    is "$(cat "exits/$ID")" 6
    rm "exits/$ID"
    is "$(logged exec/log)" $'stdout F in\nstdout F 1000'
    is "$(state)" running
    # What cannot be executed is told in the runtime's words.
    jq '.process | .args = ["/nosuch"]' config.json >process.json
    conmon_run "$B/exec" u3 -e --exec-process-spec "$B/process.json"
    is "$(jq '.data < 0' <<<"$told")" true
    is "$(jq -r .message <<<"$told" | head -n 1)" 'rcrun: exec: "/nosuch": stat /nosuch: no such file or directory'
    end
}

@test "conmon gives a container a terminal" {
    need_conmon
    cfg '.process.terminal = true'
    args sh -c 'tty; stty size; exit 3'
    conmon_run "$B" u1 -t
    "$RCRUN" start "$ID"
    until_ok 5 test -e "exits/$ID"
    is "$(cat "exits/$ID")" 3
    is "$(logged log | tr -d '\r' | head -n 1)" 'stdout F /dev/pts/0'
    end
}

@test "conmon tells why a container cannot be created" {
    need_conmon
    args /nosuch
    conmon_run "$B" u1
    is "$(jq '.data < 0' <<<"$told")" true
    is "$(jq -r .message <<<"$told" | head -n 1)" 'rcrun: exec: "/nosuch": stat /nosuch: no such file or directory'
    # With the log in JSON, that podman reads.
    conmon_run "$B" u2 --runtime-arg --log-format=json --runtime-arg --log --runtime-arg "$B/oci-log"
    is "$(tail -n 1 oci-log | jq -r '[.level, .msg] | join(" ")')" 'error exec: "/nosuch": stat /nosuch: no such file or directory'
    [ ! -e pid ]
    exec {SYNC}>&-
    [ -z "$("$RCRUN" list -q)" ]
}
