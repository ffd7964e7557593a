#!/usr/bin/env bats
# Networks of containers that root starts.

load lib
load ../integration/life

@test "NW-09: root's container has a network, whose packets are not carried by root" {
    [ -x "${RCRUN%/*}/rcrun-net" ] || skip 'needs rcrun-net, which is built where libslirp is'
    [ -c /dev/net/tun ] || skip 'needs /dev/net/tun'
    bundle
    chown -R 100000:100000 rootfs
    chmod 711 "$B"
    cfg '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
    HOST='' PREFIX=()
    GLOBAL=(--root "$BATS_TEST_TMPDIR/state")
    mkdir -m 700 "$BATS_TEST_TMPDIR/state"
    OPTIONS=(--net=slirp,ipv6=off)
    go ip addr show tap0
    rc 0
    has 'inet 10.'
    args sleep 1000
    lives run --detach --net=slirp "$ID"
    rc 0
    rcrun state "$ID"
    worker=$(jq -r '.annotations["org.rcrun.network.detail"] | fromjson | .worker' <<<"$output")
    [ "$(sed -n 's/^Uid:\t\([0-9]*\)\t.*/\1/p' "/proc/$worker/status")" -ne 0 ]
    grep -qx $'CapEff:\t0*' "/proc/$worker/status"
    rcrun delete --force "$ID"
    ok
    # A port of root's, which whoever carries the packets could not open.
    talk=$builddir/tests/tools/talk
    cp "$talk" rootfs/bin/talk
    args talk serve udp 0.0.0.0 53 say:low
    lives run --detach --net=slirp,ipv6=off -p 127.9.7.1:997:53/udp "$ID"
    rc 0
    until_ok 1 timeout .2 "$talk" get udp 127.9.7.1 997 x
    # Later it is too late, for what libslirp opens itself.
    rcrun port "$ID" add 127.9.7.1:998:80
    ok
    has 'tcp 127.9.7.1:998 -> 80'
    rcrun port "$ID" add 127.9.7.1:998:54/udp
    refused '127.9.7.1:998:54/udp: a UDP port of root'"'"'s can be had when the network starts only'
    says 'hint: give it to rcrun run, or publish one that all may have'
    rcrun port "$ID"
    lacks 127.9.7.1:998/udp
    lacks 'udp 127.9.7.1:998'
    rcrun delete --force "$ID"
    ok
}
