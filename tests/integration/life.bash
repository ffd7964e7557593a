# shellcheck shell=bash
# Containers that live over several commands: what tests of create, exec, hooks and the like share.

# A member of the state; fails when there is no state.
state() { # MEMBER
    timeout 10 "$RCRUN" state "$ID" | jq -er ".$1"
}

status_is() { # STATUS
    [ "$(state status 2>/dev/null)" = "$1" ]
}

gone() { # [ID]
    [ ! -e "$XDG_RUNTIME_DIR/rcrun/${1-$ID}" ] || fail "there is state of ${1-$ID}"
}

# ---- exec ---------------------------------------------------------------------------------------

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

# ---- terminals ----------------------------------------------------------------------------------

# Takes one terminal at the socket, runs what follows, prints what the terminal says.
receiver() {
    command -v python3 >/dev/null && python3 -c 1 || skip 'needs python3'
    cat >"$BATS_TEST_TMPDIR/receiver" <<'EOF'
import array, os, socket, subprocess, sys
path, *commands = sys.argv[1:]
listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
listener.bind(path)
listener.listen(1)
listener.settimeout(15)
child = subprocess.Popen(["sh", "-ec", commands[0]], stdin=subprocess.DEVNULL)
connection, _ = listener.accept()
connection.settimeout(15)
message, data, _, _ = connection.recvmsg(4096, socket.CMSG_SPACE(64))
fds = array.array("i")
for level, kind, value in data:
    assert (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS)
    fds.frombytes(value)
assert len(fds) == 1 and message, (fds, message)
assert os.isatty(fds[0])
assert connection.recv(1) == b""
assert child.wait(15) == 0
if len(commands) > 1:
    subprocess.run(["sh", "-ec", commands[1]], check=True, timeout=15, stdin=subprocess.DEVNULL)
os.write(fds[0], b"typed\n")
seen = b""
while True:
    try:
        part = os.read(fds[0], 4096)
    except OSError:
        break
    if not part:
        break
    seen += part
sys.stdout.write(seen.decode().replace("\r", ""))
EOF
}

# ---- hooks --------------------------------------------------------------------------------------

# One hook more: a shell runs the commands, on the host or in the container.
hook() { # KIND SHELL-COMMANDS
    edit '.hooks[$ARGS.positional[0]] += [{path: "/bin/sh", args: ["sh", "-c", $ARGS.positional[1]],
        env: ["PATH=/usr/bin:/bin", "RCRUN_TEST=\($ARGS.positional[2])"]}]' "$@" "$ID"
}

kinds='prestart createRuntime createContainer startContainer poststart poststop'

nothing_left() {
    no_processes
    is "$(timeout 10 "$RCRUN" list -q)" ''
}

# A program that says that it runs, and stays.
stays() {
    bundle
    args sh -c 'echo up >>/marker; exec sleep 1000'
}

delete_it() {
    rcrun delete --force "$ID"
    ok
    out ''
    gone
    no_processes
}
