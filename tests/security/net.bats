#!/usr/bin/env bats
# Attacks on the host by a container that has a network (SLP-08, NX-20).  The container is root of its
# network namespace, so it sends what it likes.  The same attacks reach the host through slirp4netns
# and pasta, with their own options against that.

load ../integration/lib
load ../integration/net

setup() {
    net_begin 'for the build that users get'
    serve at_host tcp 127.0.0.1 7001 say:SECRET
    serve at_host udp 127.0.0.1 7002 say:SECRET
    serve at_host tcp "$HOST_V4" 7003 say:public
    serve at_host udp "$HOST_V4" 7004 say:public
    serve at_lan tcp "$LAN_V4" 7005 say:public
}

teardown() {
    net_finish
}

# What root of a network namespace can do to send to 127.0.0.0/8: it takes the loopback's addresses away
# and routes them to the tap.
take_loopback() {
    local device mac
    device=$(inside ip route show default | sed 's/.* dev \([^ ]*\).*/\1/')
    # Who answers for the gateway shall get these frames too.
    mac=$(inside ip neighbour show dev "$device" | sed -n 's/^[0-9.]* .*lladdr \([^ ]*\).*/\1/p' | head -n 1)
    inside sh -c "ip link set lo up
        ip address del 127.0.0.1/8 dev lo
        ip route del table local 127.0.0.0/8
        ip route del table local 127.0.0.1
        ip route add 127.0.0.0/8 dev $device
        for address in 127.0.0.1 127.0.0.2 127.255.255.254; do
            ip neighbour replace \$address lladdr $mac dev $device nud permanent
        done" 2>/dev/null || :
    inside ip route get 127.0.0.1 | grep -q " dev $device " || fail 'the attack is none: 127.0.0.1 is still on lo'
}

reach() { # tcp|udp ADDRESS PORT: $output
    run --separate-stderr inside timeout 3 "$TALK" get "$@" x
}

# Which of these ways lead to what the host serves for itself only.
ways_in() {
    local address
    for address in 127.0.0.1 127.0.0.2 127.255.255.254 "$HOST_V4" 10.0.2.2 10.0.2.3 10.0.2.7; do
        reach tcp "$address" 7001
        [[ $output != *SECRET* ]] || printf 'tcp:%s ' "$address"
        reach udp "$address" 7002
        [[ $output != *SECRET* ]] || printf 'udp:%s ' "$address"
    done
}

# The control: it is there to be read.
read_once() {
    reach tcp 127.0.0.1 7001
    [[ $output == *SECRET* ]]
}

@test "SLP-08 NX-20: the loopback of the host cannot be reached, whatever root of the container does" {
    attach rcrun-net
    until_ok 5 inside "$TALK" get tcp "$LAN_V4" 7005
    take_loopback
    is "$(ways_in)" ''
    # And that is no matter of a network that does not work.
    reach tcp "$HOST_V4" 7003
    out public
    reach udp "$HOST_V4" 7004
    is "$output" public
    # Refused at once, not after a time: nobody waits for an attack.
    SECONDS=0
    reach tcp 127.0.0.1 7001
    [ "$SECONDS" -lt 4 ] || fail 'refused too late'
    says refused
}

# The attack on another network, which it defeats.
defeats() { # PROGRAM
    attach "$1"
    until_ok 5 inside "$TALK" get tcp "$LAN_V4" 7005
    take_loopback
    until_ok 30 read_once || fail 'the attack does not work any more'
}

@test "SLP-08 control: through slirp4netns --disable-host-loopback the same attack reads it" {
    command -v slirp4netns >/dev/null || skip 'needs slirp4netns'
    defeats slirp4netns
}

@test "SLP-08 control: through pasta --no-map-gw -T none the same attack reads it" {
    command -v pasta >/dev/null || skip 'needs pasta'
    defeats pasta
}
