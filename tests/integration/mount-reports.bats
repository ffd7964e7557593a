#!/usr/bin/env bats
# Reports of users of other programs, about what is bound and whose it is; each with its number
# there.  What rcrun does in such a case.

load lib
load mounts

teardown() {
    fuse_end
    finish_test
}

@test "podman 8848: files of the caller's are bound where root of the container is not the caller" {
    # As an engine writes them for --userns=keep-id: below a home that nobody else may enter.
    bundle
    mkdir -p home/run
    echo box >home/run/hostname
    echo '127.0.0.1 box' >home/run/hosts
    chmod 600 home/run/*
    chmod 700 home home/run
    mnt /etc/hostname none home/run/hostname bind private
    mnt /etc/hosts none home/run/hosts bind private
    keep_id
    gosh 'cat /etc/hostname /etc/hosts; stat -c %u:%g /etc/hosts'
    ok
    out $'box\n127.0.0.1 box\n1000:1000'
}

@test "podman 29730, 4957: a source below a folder that is not mapped" {
    need_mapped
    bundle
    mkdir -p theirs/src closed/src
    echo text >theirs/src/file
    # Closed it is, with whose it is.
    chmod 000 closed
    mnt /m none closed/src bind
    go true
    chmod 700 closed
    refused 'mounts[4].source' 'permission denied'
    hint "$B/closed, which belongs to uid"
    # Else the caller may come by, as everybody may; root of the container is a subordinate id.
    cfg '.mounts[4].source = "theirs/src"'
    cfg '.linux.uidMappings = [{containerID: 0, hostID: 1000, size: 1}, {containerID: 1, hostID: 0, size: 1}]
        | .linux.gidMappings = .linux.uidMappings'
    host 'chown 7:7 theirs; chmod 711 theirs; chown -R 1000:1000 rootfs'
    go cat /m/file
    rc 0
    out text
}

@test "moby 45919, podman 3990: a volume that belongs to somebody else is told, with the numbers" {
    need_mapped
    bundle
    mkdir volume
    mnt /m none volume bind
    cfg '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}] | .linux.gidMappings = .linux.uidMappings'
    host 'chown 1234:1234 volume'
    gosh 'stat -c %u /m; touch /m/x 2>/dev/null || echo no'
    rc 0
    out $'65534\nno'
    says "rcrun: warning: mounts[4]: $B/volume belongs to uid 1234, which is not mapped: inside it is nobody's and not writable"
    is "$(grep -c . <<<"$stderr")" 1
    # Everybody may write: nothing to tell.
    host 'chown 1234:1234 volume; chmod 777 volume'
    gosh 'touch /m/x'
    ok
}

@test "apptainer 1945: an overlay over a file system of the user is for all ids of the container" {
    need_ids
    bundle
    "$RCRUN" check --format json | jq -e '.checks[] | select(.id == "overlay") | .status == "ok"' >/dev/null ||
        skip 'no overlay in user namespaces here'
    mkdir tree upper work
    echo text >tree/file
    fuse_start tree fuse
    mnt /direct none fuse bind
    mnt /over overlay overlay lowerdir=fuse upperdir=upper workdir=work
    # Without power over files, that is.
    user 33
    caps
    gosh 'cat /direct/file 2>/dev/null || echo closed; cat /over/file'
    rc 0
    out $'closed\ntext'
}

@test "runc 4575: a source that is read-only and more is bound as it is" {
    need_mapped
    bundle
    mkdir src
    cp config.json plain.json
    for flags in ro ro,nosuid ro,nosuid,nodev,noexec ro,noatime nosuid,nodiratime; do
        host "mount -t tmpfs tmpfs src; echo text >src/file; mount --bind src src; mount -o remount,bind,$flags src"
        for how in bind rbind bind,ro rbind,ro bind,nosuid; do
            cp plain.json config.json
            # shellcheck disable=SC2046 # words
            mnt /m none src $(tr , ' ' <<<"$how")
            gosh 'cat /m/file /proc/self/mountinfo'
            ok
            line text
            # shellcheck disable=SC2046 # words
            options /m $(tr , ' ' <<<"$flags")
        done
    done
}

@test "podman 2379, 25919: nothing of the user's is relabelled" {
    need_strace
    bundle
    mkdir src
    one_id
    mnt /m none src bind
    PREFIX=(strace -f -qq -o "$B/trace" -e 'trace=/.*setxattr.*')
    go true
    ok
    ! grep -q setxattr trace || fail "$(cat trace)"
}

@test "runc 2484, crun 249: root directories below folders that only the caller may enter" {
    bundle
    mkdir -p home/deep
    mv rootfs home/deep
    chmod 700 home home/deep
    cfg '.root.path = "home/deep/rootfs"'
    go id -u
    ok
    keep_id
    go id -u
    ok
    out 1000
}

@test "crun 1320: a source that the caller may read by his group alone" {
    need_mapped
    bundle
    mkdir -p theirs/src
    echo text >theirs/src/file
    # Of an id that the container does not have, and so is nobody's to its root.
    mapped sh -c 'chown -R 99:0 theirs && chmod 750 theirs && chmod 640 theirs/src/file'
    mnt /m none theirs/src bind ro
    cfg '.process.args = ["cat", "/m/file"] | .annotations["run.oci.keep_original_groups"] = "1"'
    one_id
    go
    ok
    out text
    # Where its root is somebody else, what is bound was opened before.
    keep_id
    cfg '(.linux.uidMappings, .linux.gidMappings) |= map(select(.containerID < 1001) | if .containerID == 0 then .size = 50 else . end)'
    cfg '.process.user = {uid: 1000, gid: 1000}'
    go
    ok
    out text
}

@test "podman 24918, benchexec 815, bubblewrap 518, mkosi 2488: who may not make a file is told what that means" {
    need_strace
    bundle
    one_id
    # The launcher makes two directories.
    for i in 1 2 3; do mnt /missing/$i tmpfs tmpfs; done
    PREFIX=(strace -f -qq -o "$B/trace" -e trace=mkdirat -e inject=mkdirat:error=EOVERFLOW:when=3+)
    go true
    refused 'mounts[' /missing/ 'value too large for defined data type'
    hint 'the id is not mapped in that mount, or not in the user namespace of its file system'
}
