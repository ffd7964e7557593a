#!/usr/bin/env bats
# rcrun in a container: in one of podman, and where a filter hides system calls from it.

load lib
load engines

ENGINE=podman

need_static() {
    "$RCRUN" --version | grep -q '^link: static' || skip 'this rcrun needs libraries'
}

# A program that needs no libraries, in a root directory with a bundle in it.
inner() { # ROOT
    cp "$RCRUN" "$1/bin/rcrun"
    mkdir -p "$1/in"
    cp -a "$BATS_FILE_TMPDIR/base" "$1/in/rootfs"
    jq '.process.args = ["sh", "-c", "echo inner >/new; cat /new; id -u"] | del(.linux.uidMappings, .linux.gidMappings)' \
        config.json >"$1/in/config.json"
}

@test "FT-16 FS-90: a system call that is not there is named before anything is done" {
    local call errno
    need_static
    bundle
    inner rootfs
    all_caps
    args sh -c 'cd /in && exec rcrun run inner'
    cp config.json plain.json
    go
    ok
    out $'inner\n0'
    rm rootfs/in/rootfs/new
    for call in fsopen fsconfig fsmount open_tree move_mount mount_setattr openat2 pidfd_open; do
        for errno in 38 1; do
            cp plain.json config.json
            cfg --arg c "$call" --argjson e "$errno" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
                syscalls: [{names: [$c], action: "SCMP_ACT_ERRNO", errnoRet: $e}]}'
            go
            case $call:$errno in
            # What the kernel says to everybody who may not mount: no telling who said it.
            fsopen:1 | fsmount:1 | move_mount:1) refused 'operation not permitted' ;;
            *)
                refused "the system call $call is not available"
                hint 'rcrun needs Linux 5.12 or newer'
                ;;
            esac
            [ ! -e rootfs/in/rootfs/new ]
        done
    done
}

@test "FT-20: in a container of podman, which hides nothing of /proc from it" {
    command -v podman >/dev/null || skip 'podman is not installed'
    need_static
    engine_home
    ENGINE_OPTIONS=(--tmpdir "$P/tmp" --cgroup-manager cgroupfs --events-backend none)
    if ! engine unshare true >said 2>&1; then
        end_engine
        skip "podman does not work here: $(tail -n 1 said)"
    fi
    bundle
    inner rootfs
    engine_run --runtime "$RCRUN" run --rm --network none --security-opt unmask=ALL --security-opt seccomp=unconfined \
        --cap-add all --rootfs "$B/rootfs" sh -c 'cd /in && rcrun run --ephemeral inner; ls -d /in/rootfs/new'
    podman=$status
    left=$(end_engine)
    is "$left" ''
    [[ $output == $'inner\n0' ]] || show "podman: $podman"
    [ ! -e rootfs/in/rootfs/new ]
}
