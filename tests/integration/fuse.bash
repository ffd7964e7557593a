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
