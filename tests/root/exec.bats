#!/usr/bin/env bats
# exec by root, who may enter every container.

load lib
load ../integration/life

@test "root enters a container before its program was started, and has an id there" {
    bundle
    # Nothing in it is root's of the host.
    chown -R 100000:100000 rootfs
    chmod 711 "$B"
    cfg '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
    HOST='' PREFIX=()
    GLOBAL=(--root "$BATS_TEST_TMPDIR/state")
    mkdir -m 700 "$BATS_TEST_TMPDIR/state"
    args sh -c 'echo >/marker; exec sleep 1000'
    lives create "$ID"
    ok
    ex sh -c 'id -u; ls /marker'
    rc 1
    out 0
    lives start "$ID"
    ok
    until_ok 5 test -e rootfs/marker
    # The terminal is not of the overflow id, which is what root of the host is in there.
    for user in 0 7; do
        output=$(timeout 20 script -qec "'$RCRUN' ${GLOBAL[*]} exec -t --user $user:8 '$ID' sh -c 'id -u; id -g; stat -c %u \$(tty)'" /dev/null </dev/null)
        is "$(tr -d '\r\0^@' <<<"$output")" "$user
8
$user"
    done
    end
}
