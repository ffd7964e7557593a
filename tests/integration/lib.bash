# shellcheck shell=bash
# What the integration tests share: a bundle with a busybox, edits of its config, runs with a
# time limit, and the look for what a run has left behind.  A test reads
#
#     bundle
#     cfg '.hostname="box"'
#     go hostname
#     ok
#     out box
#
# Needs RCRUN (the program), and busybox-static, jq, util-linux, uidmap.  Nothing of it depends
# on the current directory or on who runs it, but for the subordinate ids.

bats_require_minimum_version 1.5.0

# shellcheck source=tests/beside.bash
. "${BASH_SOURCE[0]%/*}/../beside.bash"

# ---- before and after ----------------------------------------------------------------------

setup_file() {
    base_root "$BATS_FILE_TMPDIR/base"
}

setup() {
    integration_setup
}

integration_setup() {
    : "${RCRUN:?the program to test}"
    [ "$(id -u)" -ne 0 ] || skip 'these are tests of containers without root'
    ID=t.$$.$BATS_TEST_NUMBER
    export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/xdg TMPDIR=$BATS_TEST_TMPDIR/tmp
    mkdir -m 700 "$XDG_RUNTIME_DIR" "$TMPDIR"
    own_mounts >"$BATS_TEST_TMPDIR/mountinfo"
    umask 022
    unset RCRUN_ROOT RCRUN_DEBUG RCRUN_HINTS
    HOST='' HOST_AS=(unshare --user --map-root-user --map-auto --mount) PREFIX=() OPTIONS=() GLOBAL=() LIMIT=20
    cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
    finish_test
}

finish_test() {
    [ -n "${ID-}" ] || return 0
    local left
    left=$(left_behind)
    remove_all
    [ -z "$left" ] || fail "$left"
}

# The root directory that bundles get copies of.  Applets that tests call, no more: a copy is
# made for each test.
base_root() { # DIRECTORY
    local applet
    mkdir -p "$1"/{bin,dev,etc,proc,root,run,sys,usr/bin,var} "$1/home/u"
    mkdir -m 1777 "$1/tmp"
    cp "$(command -v busybox)" "$1/bin/busybox"
    for applet in [ ash awk base64 basename cat chgrp chmod chown chroot cmp cp cut date dd df dirname \
        dmesg du echo env expr fallocate false find flock fold free grep groups head hexdump hostname id \
        ifconfig ionice ip kill less linux32 ln logger ls md5sum mkdir mkfifo mknod mktemp more mount mv nc \
        nproc nsenter od pidof ping pivot_root printf ps pwd readlink realpath renice rm rmdir route sed \
        seq setpriv setsid sh sha256sum sleep sort stat stty su swapoff sync sysctl syslogd tail tar \
        taskset tee test time timeout top touch tr true truncate tty umount uname uniq unlink unshare \
        uptime usleep vi wc which whoami xargs yes; do
        ln -s busybox "$1/bin/$applet"
    done
    printf '%s\n' root:x:0:0:root:/root:/bin/sh user:x:1000:1000::/home/u:/bin/sh >"$1/etc/passwd"
    printf '%s\n' root:x:0: tty:x:5: user:x:1000: >"$1/etc/group"
}

# Files of the container's users belong to subordinate ids, which only their namespace removes.
remove_all() {
    local other
    cd / || return
    if [ "$(id -u)" -ne 0 ]; then
        other=$(find "$BATS_TEST_TMPDIR" ! -user "$(id -u)" -print -quit 2>/dev/null)
        [ -z "$other" ] || mapped rm -rf "$BATS_TEST_TMPDIR"
    fi
    chmod -R u+rwX "$BATS_TEST_TMPDIR" 2>/dev/null
    rm -rf "$BATS_TEST_TMPDIR"
}

# ---- what a run has left behind ------------------------------------------------------------

# Processes that belong to this test: those that have the id in their arguments or environment
# (the config's environment has it), and those whose root is that of the bundle.
processes() {
    local inode pid
    # An empty one would be in all processes of the user.
    printf '%s\n' "${ID:?}" >"$BATS_TEST_TMPDIR/pattern"
    {
        grep -lasF -f "$BATS_TEST_TMPDIR/pattern" /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null
        inode=$(stat -Lc %d:%i "${B:-/nonexistent}/rootfs" 2>/dev/null) &&
            stat -Lc '%d:%i %n' /proc/[0-9]*/root 2>/dev/null | sed -n "s,^$inode ,,p"
    } | cut -d/ -f3 | sort -u |
        while read -r pid; do
            [ "$pid" = "$$" ] || [ "$pid" = "$BASHPID" ] || ! [ -e "/proc/$pid/cmdline" ] ||
                printf '%s %s\n' "$pid" "$(tr '\0' ' ' <"/proc/$pid/cmdline")"
        done
}

# Nothing of a container may run any more, and the last thing to go may take its moment.
no_processes() { # [SECONDS]
    local tries=$((${1:-1} * 20))
    while [ -n "$(processes)" ]; do
        [ $((tries -= 1)) -gt 0 ] || return 1
        sleep .05
    done
}

left_behind() {
    local pid rest
    no_processes || {
        echo 'processes left behind:'
        processes
        processes | while read -r pid rest; do kill -9 "$pid"; done
    }
    own_mounts | diff "$BATS_TEST_TMPDIR/mountinfo" - >"$BATS_TEST_TMPDIR/diff" ||
        { echo 'mounts of the host changed:' && cat "$BATS_TEST_TMPDIR/diff"; }
    # The one thing that may stay is the cache of compiled filters, see rcrun(1), FILES.
    find "$XDG_RUNTIME_DIR" -mindepth 1 -regextype posix-extended \
        ! -regex '.*/xdg/rcrun(/.filters(/[0-9a-f]{16})?)?' | sed 's/^/left behind: /'
    find "$TMPDIR" -mindepth 1 | sed 's/^/left behind: /'
}

# ---- bundles -------------------------------------------------------------------------------

bundle() { # [DIRECTORY]: makes it, goes there; $B is its path
    B=${1:-$BATS_TEST_TMPDIR/b}
    mkdir -p "$B"
    cp -a "$BATS_FILE_TMPDIR/base" "$B/rootfs"
    cd "$B" || return
    jq -n --arg id "$ID" '{
        ociVersion: "1.0.2",
        process: {
            terminal: false, user: {uid: 0, gid: 0}, args: ["true"], cwd: "/",
            env: ["PATH=/usr/bin:/bin", "RCRUN_TEST=\($id)"],
            noNewPrivileges: true,
            capabilities: (["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_KILL",
                "CAP_NET_BIND_SERVICE", "CAP_SETGID", "CAP_SETUID"]
                | {bounding: ., effective: ., permitted: .})
        },
        root: {path: "rootfs", readonly: false},
        mounts: [
            {destination: "/proc", type: "proc", source: "proc"},
            {destination: "/dev", type: "tmpfs", source: "tmpfs",
                options: ["nosuid", "strictatime", "mode=755", "size=65536k"]},
            {destination: "/dev/pts", type: "devpts", source: "devpts",
                options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]},
            {destination: "/sys", type: "sysfs", source: "sysfs",
                options: ["nosuid", "noexec", "nodev", "ro"]}
        ],
        linux: {
            namespaces: [{type: "pid"}, {type: "network"}, {type: "ipc"}, {type: "uts"},
                {type: "mount"}, {type: "user"}]
        }
    }' >config.json
}

# Edits of config.json in the current directory.
cfg() { # [JQ-OPTION...] FILTER
    jq "$@" config.json >config.new && mv config.new config.json
}

edit() { # FILTER ARG...: the arguments are $ARGS.positional
    local filter=$1
    shift
    jq "$filter" config.json --args -- "$@" >config.new && mv config.new config.json
}

args() { # COMMAND [ARG...]
    edit '.process.args = $ARGS.positional' "$@"
}

mnt() { # DESTINATION TYPE SOURCE [OPTION...]: one mount more
    edit '.mounts += [$ARGS.positional | {destination: .[0], type: .[1], source: .[2], options: .[3:]}]' "$@"
}

mnts() { # many: from standard input, a line with blanks for each
    cfg --rawfile lines /dev/stdin '.mounts += [$lines | split("\n")[] | select(. != "") | split(" ")
        | {destination: .[0], type: .[1], source: .[2], options: .[3:]}]'
}

user() { # UID [GID]
    cfg --argjson u "$1" --argjson g "${2:-$1}" '.process.user.uid = $u | .process.user.gid = $g'
}

caps() { # [CAP...]: these in all sets but ambient
    edit '.process.capabilities = ($ARGS.positional
        | {bounding: ., effective: ., permitted: ., inheritable: .})' "$@"
}

all_caps() {
    # shellcheck disable=SC2046 # words
    caps $("$RCRUN" features | jq -r '.linux.capabilities[]')
}

without() { # NAMESPACE...
    edit '.linux.namespaces |= map(select(.type as $t | $ARGS.positional | index($t) | not))' "$@"
}

# ---- running -------------------------------------------------------------------------------

# Commands that change the mounts of "the host" before rcrun runs there.  They are run by sh as
# root of a user and a mount namespace, which HOST_AS makes.
host() { # SHELL-COMMANDS
    HOST=$1
}

# Runs a command in a user namespace that has all our ids, as its root.
mapped() {
    unshare --user --map-root-user --map-auto "$@"
}

need_mapped() {
    mapped true 2>/dev/null || skip 'needs subordinate ids, and an unshare(1) that maps them'
}

# The kernel is that version, or newer.
newer_than() { # MAJOR MINOR
    local major minor
    IFS=. read -r major minor _ < <(uname -r)
    [ "$major" -gt "$1" ] || { [ "$major" -eq "$1" ] && [ "$minor" -ge "$2" ]; }
}

need_ids() {
    grep -qE "^($(id -un)|$(id -u)):" /etc/subuid && command -v newuidmap >/dev/null ||
        skip 'needs subordinate ids'
}

# The command that runs rcrun, in the array `command`: PREFIX (env, setpriv and the like) stands
# in front of it, GLOBAL behind it; OPTIONS are those of run.
command_line() {
    command=("${PREFIX[@]}" "$RCRUN" "${GLOBAL[@]}" "$@")
    [ -z "$HOST" ] || command=("${HOST_AS[@]}" sh -ec "$HOST"' ; exec "$@"' sh "${command[@]}")
}

# All of it: sets status, output and stderr as the `run` of bats does.
rcrun() { # ARG...: standard input is empty
    local command
    command_line "$@"
    run --separate-stderr timeout -k 2 "$LIMIT" "${command[@]}" </dev/null
}

# The same for a command whose container may keep standard output and go on.
lives() { # COMMAND [ARG...]
    local command
    command_line "$@"
    status=0
    timeout -k 2 "$LIMIT" "${command[@]}" </dev/null >"$BATS_TEST_TMPDIR/out" \
        2>"$BATS_TEST_TMPDIR/err" 3>&- || status=$?
    output=$(cat "$BATS_TEST_TMPDIR/out")
    stderr=$(cat "$BATS_TEST_TMPDIR/err")
}

go() { # [COMMAND [ARG...]]: runs the bundle in the current directory
    [ $# -eq 0 ] || args "$@"
    rcrun run "${OPTIONS[@]}" "$ID"
}

gosh() { # SHELL-COMMANDS: go, for the shell in the container
    go sh -c "$1"
}

# The same in the background; standard output and error go to files.  $! is its pid.
start() { # [COMMAND [ARG...]]
    local command
    [ $# -eq 0 ] || args "$@"
    command_line run "${OPTIONS[@]}" "$ID"
    # No time limit here: that of the test will do, and signals shall reach rcrun itself.
    "${command[@]}" </dev/null >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
    PARENT=$!
}

# until_ok SECONDS COMMAND...: polls.
until_ok() {
    local tries=$(($1 * 50))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $((tries -= 1)) -gt 0 ] || fail "waited in vain for: $*" || return
        sleep .02
    done
}

# The children of a process.  One of those of rcrun is the first process of the container.
children() { # PID
    cat /proc/[0-9]*/stat 2>/dev/null | sed -n "s/^\([0-9]*\) (.*) [A-Za-z] $1 .*/\1/p"
}

init_pid() {
    local pid
    for pid in $(children "$PARENT"); do
        [ "$(readlink "/proc/$pid/ns/user")" = "$(readlink /proc/self/ns/user)" ] || echo "$pid"
    done
}

# ---- judging -------------------------------------------------------------------------------

fail() {
    printf '%s\n' "$@" >&2
    return 1
}

show() {
    fail "$@" "status: $status" "stdout: ${output:0:2000}" "stderr: ${stderr:0:2000}"
}

rc() { # STATUS
    [ "$status" -eq "$1" ] || show "wanted status $1"
}

ok() { # it went well, and without a warning
    rc 0
    [ -z "$stderr" ] || show 'wanted nothing on standard error'
}

out() { # TEXT: all of standard output
    [ "$output" = "$1" ] || show "wanted: $1"
}

has() { # TEXT: a part of standard output
    [[ $output == *"$1"* ]] || show "wanted in it: $1"
}

line() { # TEXT: a line of standard output
    grep -qxF -- "$1" <<<"$output" || show "wanted as a line: $1"
}

lacks() { # TEXT
    [[ $output != *"$1"* ]] || show "not wanted in it: $1"
}

says() { # TEXT: a part of standard error
    [[ $stderr == *"$1"* ]] || show "wanted on standard error: $1"
}

is() { # GOT WANTED
    [ "$1" = "$2" ] || fail "wanted: $2" "got:    $1"
}

# A refusal: status 1, nothing on standard output, one line that says it, and perhaps one hint.
refused() { # [TEXT...]: parts of the line
    local text
    rc 1
    [ -z "$output" ] || show 'wanted nothing on standard output'
    grep -v '^rcrun: warning: ' <<<"$stderr" >"$BATS_TEST_TMPDIR/said"
    case $(wc -l <"$BATS_TEST_TMPDIR/said") in
    1) ;;
    2) sed -n 2p "$BATS_TEST_TMPDIR/said" | grep -q '^hint: ' || show 'wanted one line and a hint' ;;
    *) show 'wanted one line' ;;
    esac
    head -n 1 "$BATS_TEST_TMPDIR/said" | grep -q '^rcrun: ' || show 'wanted rcrun: in front'
    for text; do
        head -n 1 "$BATS_TEST_TMPDIR/said" | grep -qF -- "$text" || show "wanted in the line: $text"
    done
}

hint() { # TEXT: a part of the hint
    grep '^hint: ' <<<"$stderr" | grep -qF -- "$1" || show "wanted in the hint: $1"
}
