# shellcheck shell=bash
# What the tests of container engines share: engines with storage and settings of their own, images
# made of a local root directory, the same command under rcrun and under a peer, and the end of it.
#
# Engines leave processes behind by design: conmon beside every container, and one that holds
# podman's user namespace.  So standard error goes to files, and all names lie below $P.

# ---- the engine's surroundings -----------------------------------------------------------------

# Sets P, where everything is kept, and the peers that work here.
engine_home() {
    need_ids
    P=$BATS_TEST_TMPDIR/p
    mkdir -p "$P/home"
    export HOME=$P/home CONTAINERS_CONF=$P/containers.conf
    unset XDG_CONFIG_HOME XDG_DATA_HOME
    # Locks in files and not in the memory that all podmans of a user share; the variable finds
    # what a container leaves behind.  The drop-in is the one that users get.
    {
        echo '[containers]'
        echo "env = [\"PATH=/usr/bin:/bin\", \"RCRUN_TEST=$ID\"]"
        sed "s,^rcrun = .*,rcrun = [\"$RCRUN\"],; s,^\[engine\]$,&\nlock_type = \"file\"," \
            "${srcdir:?}/engines/50-rcrun.conf"
    } >"$CONTAINERS_CONF"
}

# Crun, against which the expected words were recorded, and are compared again wherever it works:
# not beside version 1 of the cgroup tree, for one.
find_peer() { # COMMAND...: tries it
    PEER=
    [ "${SANITIZERS-}" != yes ] || return 0
    command -v crun >/dev/null && "$@" && PEER=crun ||
        echo '# crun does not work here: what it said elsewhere is what is wanted' >&3
}

# The program is $ENGINE.  In the foreground, so that it may read a terminal.
engine() { # COMMAND [ARG...]
    timeout --foreground -k 5 60 "$ENGINE" --root "$P/store" --runroot "$P/run" --storage-driver vfs --log-level error \
        "${ENGINE_OPTIONS[@]}" "$@" 3>&-
}

# ---- podman and buildah ------------------------------------------------------------------------

# Sets status, output, stderr.  INPUT is what it reads, if anything.
engine_run() { # COMMAND [ARG...]
    status=0
    printf '%s' "${INPUT-}" >"$BATS_TEST_TMPDIR/in"
    engine "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" <"$BATS_TEST_TMPDIR/in" || status=$?
    output=$(cat "$BATS_TEST_TMPDIR/out")
    stderr=$(cat "$BATS_TEST_TMPDIR/err")
}

# The command under rcrun and under the peer; @ in its words is the name of the runtime.  The
# expected output is a pattern.
same() { # STATUS OUTPUT COMMAND [ARG...]
    local wanted=$1 pattern=$2 name
    shift 2
    for name in rcrun $PEER; do
        under "$name" "$@"
        [ "$status" -eq "$wanted" ] || show "$name: wanted status $wanted from: $*" || return
        # shellcheck disable=SC2053 # a pattern
        [[ $output == $pattern ]] || show "$name: wanted from: $*" "$pattern" || return
    done
}

# The same, for what is said on standard error; a pattern too.
same_words() { # STATUS STDERR COMMAND [ARG...]
    local wanted=$1 pattern=$2 name
    shift 2
    for name in rcrun $PEER; do
        under "$name" "$@"
        [ "$status" -eq "$wanted" ] || show "$name: wanted status $wanted from: $*" || return
        # shellcheck disable=SC2053 # a pattern
        [[ $stderr == $pattern ]] || show "$name: wanted on standard error from: $*" "$pattern" || return
    done
}

# Nothing of an engine may run any more: conmon and the rest have $P in their arguments.
engine_processes() {
    echo "${P:?}/" >"$BATS_TEST_TMPDIR/pattern"
    grep -lasF -f "$BATS_TEST_TMPDIR/pattern" /proc/[0-9]*/cmdline 2>/dev/null | cut -d/ -f3
}

# Ends the process that holds podman's user namespace, and removes what podman leaves in the
# runtime directory.  What else is still there is told.
end_engine() {
    local pid tries=60
    for pid in $(cat "$P/tmp/pause.pid" "$XDG_RUNTIME_DIR/libpod/tmp/pause.pid" 2>/dev/null); do
        case $(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") in
        *catatonit* | *podman*) kill -9 "$pid" ;;
        esac
    done
    while [ -n "$(engine_processes)" ] && [ $((tries -= 1)) -gt 0 ]; do sleep .05; done
    for pid in $(engine_processes); do
        echo "left behind: $pid $(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline")"
        kill -9 "$pid"
    done
    mapped rm -rf "$XDG_RUNTIME_DIR"/{libpod,containers,netns,crun,bus}
    mapped rm -rf "$P"
}
