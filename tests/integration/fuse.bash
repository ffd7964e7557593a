# What the tests of roots that fuse-overlayfs serves share.

fuse_setup() {
    integration_setup
    [ -r /dev/fuse ] && [ -w /dev/fuse ] || skip '/dev/fuse cannot be opened (see tests/tools/user-env)'
    command -v fuse-overlayfs >/dev/null || skip 'fuse-overlayfs is not installed'
    bundle
    mkdir rootfs/old
    echo low >rootfs/old/file
    echo low >rootfs/file
    fuse ephemeral
}

fuse_teardown() {
    local left pid
    [ -n "${ID-}" ] || return 0
    "$RCRUN" delete --force "$ID" 2>/dev/null || :
    left=$(servers)
    for pid in $left; do kill -9 "$pid"; done
    finish_test
    [ -z "$left" ] || fail "servers left behind: $left"
}

# Those that have a layer of this test.  They have neither its environment nor its root.
servers() {
    local dir
    for dir in $(grep -lF "$BATS_TEST_TMPDIR/" /proc/[0-9]*/mountinfo 2>/dev/null); do
        dir=${dir%/mountinfo}
        grep -q fuse-overlayfs "$dir/comm" 2>/dev/null && echo "${dir#/proc/}"
    done
    return 0
}

# Whatever has a layer of this test among its mounts: the server, and who helps it.
holders() {
    local dir
    for dir in $(grep -lF "$BATS_TEST_TMPDIR/" /proc/[0-9]*/mountinfo 2>/dev/null); do
        dir=${dir%/mountinfo}
        [[ "$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "$dir/status" 2>/dev/null)" != [RSDTt] ]] ||
            echo "${dir#/proc/}"
    done
    return 0
}

nobody() {
    [ -z "$(holders)" ]
}

fuse() { # ephemeral | upper DIRECTORY: the annotations
    cfg --arg kind "$1" --arg dir "${2-}" '.annotations = {
        "org.rcrun.root.overlay": $kind, "org.rcrun.root.driver": "fuse"
    } | if $dir != "" then .annotations["org.rcrun.root.upper"] = $dir else . end'
}

key() { # KEY VALUE
    cfg --arg key "org.rcrun.root.$1" --arg value "$2" '.annotations[$key] = $value'
}

# A program in the place of fuse-overlayfs: VERSION, and what it does when it shall serve.
stub() { # VERSION SHELL-COMMANDS
    mkdir -p stub
    printf '#!/bin/sh\n[ "$1" != --version ] || { echo "fuse-overlayfs: version %s"; exit; }\n%s\n' \
        "$1" "$2" >stub/fuse-overlayfs
    chmod +x stub/fuse-overlayfs
    PREFIX=(env PATH="$PWD/stub:$PATH")
}

server() { # the pid of the one that serves the container, as its state has it
    head -qn 1 "$XDG_RUNTIME_DIR/rcrun/$ID"/*.json | jq .server.pid
}

init() {
    "$RCRUN" state "$ID" | jq .pid
}

running() {
    [ "$("$RCRUN" state "$ID" 2>/dev/null | jq -r .status)" = running ]
}

ended() { # PID: it may be a zombie that nobody has asked for yet
    local state
    state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null) || :
    [ -z "$state" ] || [ "$state" = Z ]
}

# What a program does to a root, each line a case of its own; the last tells that all went well.
deeds='set -e
rm -r /old
mkdir /old
[ -z "$(ls /old)" ]
echo new >/file
mv /file /moved
chown 33 /moved
[ "$(stat -c %u /moved)" = 33 ]
mkfifo /fifo
ln /moved /hard
ln -s nowhere /link
truncate -s 1073741824 /sparse
chmod 4755 /bin/busybox
mkdir -p /a/b/c
rmdir /a/b/c
echo all'

# ---- tests of both, with the program that `program` puts in its place ------------------------

keeps_a_layer() {
    fuse upper up
    gosh "$deeds"
    ok
    out all
    gosh 'ls /old; cat /moved; stat -c %u /moved'
    ok
    out $'new\n33'
    is "$(cat rootfs/file)" low
    # As those of the kernel: for nobody else on the host.
    is "$(stat -c %a up)" 700
    is "$(jq -r .driver up/.rcrun-upper)" fuse
    nobody
}

serves_one_id() {
    cfg --argjson u "$(id -u)" --argjson g "$(id -g)" '
        .linux.uidMappings = [{containerID: 1000, hostID: $u, size: 1}] |
        .linux.gidMappings = [{containerID: 1000, hostID: $g, size: 1}]'
    user 1000
    gosh 'echo new >/file; cat /file; stat -c %u /file; rm -r /old; echo done'
    ok
    out $'new\n1000\ndone'
}

leaves_nobody() {
    gosh 'sleep 100 & exec true'
    ok
    nobody
}

ends_with_those_killed() {
    local pid
    args sleep 100
    lives run --detach "$ID"
    ok
    pid=$(server)
    kill -9 "$(init)"
    until_ok 2 ended "$pid"
    rcrun delete "$ID"
    ok
    start
    until_ok 5 running
    pid=$(server)
    kill -9 "$PARENT"
    until_ok 2 ended "$pid"
    until_ok 2 nobody
}

is_missed() {
    start sh -c 'while true </file; do :; done; exit 9'
    until_ok 5 running
    kill -9 "$(server)"
    status=0
    wait "$PARENT" || status=$?
    # What it has not read yet of its own program is an error, too: SIGBUS.
    [ "$status" = 135 ] || {
        is "$status" 9
        # The other one when the question was on its way.
        grep -iE 'not connected|connection abort' "$BATS_TEST_TMPDIR/err"
    }
    grep 'warning: the root directory is gone: fuse-overlayfs was killed by signal 9' \
        "$BATS_TEST_TMPDIR/err"
    nobody
}

lives_with_server() {
    local pid
    args sh -c 'cat /file; exec sleep 100'
    lives create "$ID"
    ok
    pid=$(server)
    is "$(holders)" "$pid"
    lives start "$ID"
    ok
    rcrun exec "$ID" sh -c 'echo more >>/file; cat /file'
    ok
    out $'low\nmore'
    rcrun delete --force "$ID"
    ok
    ended "$pid"
}

is_ended_when_it_hangs() {
    local pid
    args sh -c 'echo >/x; exec sleep 100'
    lives run --detach "$ID"
    ok
    pid=$(server)
    kill -STOP "$pid"
    timeout 20 "$RCRUN" exec "$ID" ls -l / >/dev/null 2>&1 3>&- &
    sleep .2
    rcrun delete --force "$ID"
    ok
    until_ok 1 ended "$pid"
}

has_last_words() {
    program 'echo "fuse-overlayfs: first" >&2; echo "fuse-overlayfs: last words" >&2; exit 1'
    go true
    refused 'fuse-overlayfs: last words'
    program 'exit 0'
    go true
    refused 'fuse-overlayfs ended before it answered'
    program 'exec /nothing'
    go true
    refused 'fuse-overlayfs: ' /nothing
    nobody
}
