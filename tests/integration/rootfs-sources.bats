#!/usr/bin/env bats
# FT-01: a root directory of each kind that a user gets without root, with the ids of its files.
# The first two of them are elsewhere: one static program in edit.bats, a Debian in debian.bats.

load lib
load unpack
load engines

ENGINE=podman

setup() {
    integration_setup
    need_mapped
    cp -a "$BATS_FILE_TMPDIR/base" tree
    echo NAME=box >tree/etc/os-release
    mapped sh -c 'echo secret >tree/etc/shadow; chown 33:42 tree/etc/shadow; chmod 640 tree/etc/shadow
        tar --numeric-owner -C tree -cf tree.tar .'
    args=(sh -c 'id -u; cat /etc/os-release; stat -c %u:%g:%a /etc/shadow')
}

image() {
    gzip -k tree.tar
    layout image "$(jq -nc '{config: {Cmd: $ARGS.positional}}' --args -- "${args[@]}")" tree.tar.gz
}

# The container of the bundle finds what it should.
runs() { # BUNDLE OWNER [OPTION...]
    local bundle=$1 owner=$2
    shift 2
    rcrun "${GLOBAL[@]}" run --bundle "$bundle" --no-tty "$@" "$ID" -- "${args[@]}"
    rc 0
    out $'0\nNAME=box\n'"$owner"
}

@test "FT-01 FS-06: a bundle of umoci --rootless runs, all of it root's, and who asks is told why" {
    command -v umoci >/dev/null || skip 'needs umoci'
    image
    umoci unpack --rootless --image image:one b >/dev/null
    rcrun run --bundle b --no-tty "$ID"
    ok
    out $'0\nNAME=box\n0:0:640'
    GLOBAL=(--log-level info)
    rcrun run --bundle b --no-tty "$ID"
    rc 0
    says "rcrun: info: $PWD/b/umoci.json: ownership notes of umoci are not applied"
    is "$(grep -c umoci <<<"$stderr")" 1
    # Another root directory, or other ids, and it is not so.
    rcrun run --bundle b --no-tty --rootfs tree "$ID" -- true
    [[ $stderr != *umoci* ]] || show
}

@test "FT-01 FS-07: a bundle of umoci in rcrun unshare, and in podman's, has the image's owners" {
    command -v umoci >/dev/null || skip 'needs umoci'
    image
    "$RCRUN" unshare umoci unpack --image image:one b >/dev/null
    runs b 33:42:640 --net none
    is "$(stat -c %u b/rootfs/etc/passwd)" "$(id -u)"
    command -v podman >/dev/null || return 0
    engine_home
    ENGINE_OPTIONS=(--tmpdir "$P/tmp" --cgroup-manager cgroupfs)
    if ! engine unshare true >said 2>&1; then
        end_engine
        skip "podman does not work here: $(tail -n 1 said)"
    fi
    engine unshare umoci unpack --image image:one c >/dev/null
    end_engine
    runs c 33:42:640 --net none
}

@test "FT-01 FS-04: what podman export gives has the image's owners" {
    command -v podman >/dev/null || skip 'needs podman'
    need_helper
    engine_home
    ENGINE_OPTIONS=(--tmpdir "$P/tmp" --cgroup-manager cgroupfs --events-backend none)
    if ! engine import tree.tar box >said 2>&1; then
        end_engine
        skip "podman does not work here: $(tail -n 1 said)"
    fi
    engine create --name "$ID" --network none box true >/dev/null
    engine export "$ID" >export.tar
    "$RCRUN" unpack tar:- b <export.tar >/dev/null
    engine rm --force "$ID" >/dev/null
    end_engine
    runs b 33:42:640 --net none
}

@test "FT-01 FS-05: an OCI layout that skopeo wrote has the image's owners" {
    command -v skopeo >/dev/null || skip 'needs skopeo'
    need_helper
    image
    echo '{"default": [{"type": "insecureAcceptAnything"}]}' >policy.json
    skopeo --policy policy.json copy -q oci:image:one oci:out:new
    rcrun unpack oci:out:new b
    ok
    rcrun run --bundle b --net none "$ID"
    ok
    out $'0\nNAME=box\n33:42:640'
    # In the swapped map the same, for the caller's own number.
    rcrun unpack --userns keep-id oci:out:new c
    ok
    rcrun run --bundle c --net none --user 0 "$ID"
    ok
    out $'0\nNAME=box\n33:42:640'
}

@test "FT-01 FS-29: the note of a bundle counts wherever its root directory is named" {
    need_helper
    rcrun unpack --userns keep-id tar:tree.tar b
    ok
    rcrun run --rootfs b/rootfs --net none --no-tty "$ID" -- true
    refused root.path 'were made for --userns keep-id'
    mkdir elsewhere
    cd elsewhere
    rcrun run --rootfs ../b/rootfs --net none --no-tty "$ID" -- true
    refused root.path 'were made for --userns keep-id'
    rcrun run --rootfs ../b/rootfs --net none --no-tty --userns keep-id --user 0 "$ID" -- "${args[@]}"
    ok
    out $'0\nNAME=box\n33:42:640'
    # Beside a root directory of no bundle there is none, and one that is not typed is not asked for.
    rcrun run --rootfs ../tree --net none --no-tty "$ID" -- true
    ok
}
