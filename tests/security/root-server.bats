#!/usr/bin/env bats
# What the server of a root directory gives away who takes it over: FS-64.  The container may ask it
# whatever it likes, and what it reads in the layers is somebody else's.

load ../integration/lib

setup() {
    integration_setup
    [ "${SANITIZERS-}" != yes ] || skip 'for the build that users get'
    [ -x "${builddir:?}/tests/security/taken" ] || skip 'tests/security/taken is not built'
    command -v socat >/dev/null || skip 'socat is not installed'
    bundle
    mkdir -p up/diff up/work outside
    echo marker >outside/file
    echo low >rootfs/file
    socat "UNIX-LISTEN:$PWD/s,fork" EXEC:true 3>&- &
    SERVICE=$!
    until_ok 2 [ -S s ]
    sleep 100 3>&- &
    VICTIM=$!
    printf '%s\n' "$PWD/outside/file" "$PWD/s" "$VICTIM" >rootfs/taken
}

teardown() {
    [ -z "${VICTIM-}" ] || kill "$VICTIM" "$SERVICE" 2>/dev/null || :
    finish_test
}

@test "FS-64: who takes over the server of a root has nothing but its layers" {
    [ -r /dev/fuse ] && [ -w /dev/fuse ] || skip '/dev/fuse cannot be opened (see tests/tools/user-env)'
    mkdir stub
    cp "$builddir/tests/security/taken" stub/fuse-overlayfs
    PREFIX=(env PATH="$PWD/stub:$PATH" SECRET=environment)
    cfg --arg up "$PWD/up" '.annotations = {"org.rcrun.root.overlay": "upper",
        "org.rcrun.root.driver": "fuse", "org.rcrun.root.upper": $up}'
    go true
    refused 'fuse-overlayfs: all tried'
    is "$(cat up/diff/report)" 'all tried'
    is "$(cat outside/file)" marker
}

@test "FS-64 control: the same program as others run it has nearly all" {
    local deed
    need_mapped
    mkdir lower
    ln -s ../rootfs lower/0
    ln -s up upper
    run mapped --mount "$builddir/tests/security/taken" "$PWD"
    mapped cat up/diff/report >report
    grep -qx 'all tried' report
    for deed in 'reads files of the host' 'writes files of the host' 'changes modes of the host' \
        'sees other files' 'writes a lower layer' 'has an environment' 'sees a process' signals \
        'has a pidfd' 'makes a process' 'has a socket' 'talks to a service' 'has a user namespace' \
        'sees limits of others' 'sends signals by a file' mounts; do
        grep -qx "$deed" report || fail "not: $deed" "$(cat report)" || return
    done
}
