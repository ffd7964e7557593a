# shellcheck shell=bash
# What the files about rcrun-net by itself share.

setup() {
    net_begin
    container
}

teardown() {
    net_finish
}

# A namespace that stands for a container.
container() {
    nsenter -t "$WORLD" -U -m -n --preserve-credentials unshare --user --map-root-user --net \
        sleep 100 </dev/null >/dev/null 2>&1 3>&- &
    SERVING+=($!)
    INSIDE=$!
    until_ok 5 own_net
    # shellcheck disable=SC2016 # for the shell there
    until_ok 5 inside sh -c '[ "$(id -u)$(id -g)" = 00 ]'
}

own_net() {
    local user net
    user=$(readlink "/proc/$INSIDE/ns/user") && net=$(readlink "/proc/$INSIDE/ns/net") &&
        [ "$user" != "$(readlink "/proc/$WORLD/ns/user")" ] && [ "$net" != "$(at_host readlink /proc/self/ns/net)" ]
}

# rcrun-net on the host; it works when this comes back.  What it says is in the file `by`.
alone() { # [OPTION...] -- TARGET [DEVICE], or [OPTION...]
    : >ready
    case " $* " in *' -- '*) ;; *) set -- "$@" -- "$INSIDE" tap0 ;; esac
    nsenter -t "$WORLD" -U -m -n --preserve-credentials --wdns="$PWD" "${BEFORE[@]}" "${RCRUN%/*}/rcrun-net" \
        --ready-fd 7 "$@" </dev/null >by 2>&1 3>&- 7>ready &
    BY=$!
    SERVING+=("$BY")
    until_ok 10 says_ready
}
BEFORE=()

says_ready() {
    grep -q 1 ready || ! kill -0 "$BY"
}

works() {
    [ "$(cat ready)" = 1 ] || fail "rcrun-net: $(cat by)"
}

# One that must not work: sets what `refused` looks at.
alone_fails() { # OPTION...
    run --separate-stderr at_host "${RCRUN%/*}/rcrun-net" "$@" "$INSIDE" tap0 </dev/null
    stderr=${stderr//rcrun-net: /rcrun: }
}

# The same with a socket at which it is asked.
controlled() { # OPTION...
    command -v python3 >/dev/null && python3 -c 1 || skip 'needs python3'
    # shellcheck disable=SC2016 # Python's
    BEFORE=(python3 -c '
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind("ctl")
s.listen()
os.set_inheritable(s.fileno(), True)
os.execv(sys.argv[1], [sys.argv[1], "--control-fd=%d" % s.fileno()] + sys.argv[2:])')
    alone "$@"
    works
}

ask() { # QUESTION: $output
    run --separate-stderr at_host "$TALK" get unix "$PWD/ctl" "$1"$'\n' </dev/null
    [ "$status" -eq 0 ] || show "ask $1"
}

json() { # FILTER WANTED
    is "$(jq -cr "$1" <<<"$output")" "$2" || show "in the answer: $1"
}

gone() { # PID...
    local pid
    for pid; do
        until_ok 5 not kill -0 "$pid"
    done
}

not() {
    ! "$@"
}
