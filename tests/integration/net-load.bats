#!/usr/bin/env bats
# What a container cannot do to its network helper, and so to the host: SLP-12, NL-20 to NL-24.

load lib
load net

setup() {
    net_begin 'measures memory'
    serve at_lan tcp "$LAN_V4" 7001 keep
    serve at_lan tcp "$LAN_V4" 7002 say:public
    serve at_lan tcp "$LAN_V4" 7003 flow:100000000000
    attach rcrun-net
    look_at_helpers
    until_ok 5 inside "$TALK" get tcp "$LAN_V4" 7002
}

teardown() {
    net_finish
}

# Connections from the container that stay open; how many there are is in the file.
holds() { # PORT N
    nsenter -t "$INSIDE" -U -n --preserve-credentials "$TALK" hold tcp "$LAN_V4" "$@" \
        >"$BATS_TEST_TMPDIR/held" 2>/dev/null 3>&- &
    HOLDER=$!
    SERVING+=("$HOLDER")
    until_ok 60 test -s "$BATS_TEST_TMPDIR/held"
}

@test "SLP-12: ten thousand flows are cut at the limit, and cost what they may" {
    local before after
    before=$(memory)
    holds 7001 10000
    after=$(cat "$BATS_TEST_TMPDIR/held")
    [ "$after" -ge 1000 ] && [ "$after" -le 4096 ] || fail "$after flows"
    [ "$(memory)" -le 128 ] || fail "$(memory) MiB, $before before"
    [ "$(descriptors)" -le 8400 ] || fail "$(descriptors) descriptors"
    rests
    neighbour_works
    # When both ends are gone, so are the flows.
    kill "$HOLDER" "${SERVING[0]}"
    until_ok 20 inside "$TALK" get tcp "$LAN_V4" 7002
}

@test "SLP-12: a flood of requests to connect to a host that is not there is bounded" {
    run --separate-stderr inside "$FLOOD" tcp 192.0.2.200 80 50000
    ok
    [ "$(memory)" -le 128 ] || fail "$(memory) MiB"
    [ "$(descriptors)" -le 8400 ] || fail "$(descriptors) descriptors"
    rests
    neighbour_works
    # The budget comes back when the kernel gives up on them; what is published is served meanwhile.
}

@test "NL-21: datagrams from thousands of ports leave room for connections" {
    # New flows have a rate as well.
    for _ in 1 2 3 4 5; do
        run --separate-stderr inside "$FLOOD" udp "$LAN_V4" 9 10000
        ok
        sleep 1
    done
    [ "$(descriptors)" -ge 1500 ] || fail "$(descriptors) descriptors: they were no flood"
    inside "$TALK" get tcp "$LAN_V4" 7002
}

@test "NL-24: readers that stop cost their buffers and no more" {
    holds 7003 200
    is "$(cat "$BATS_TEST_TMPDIR/held")" 200
    rests
    [ "$(memory)" -le 96 ] || fail "$(memory) MiB"
    until_ok 5 inside "$TALK" get tcp "$LAN_V4" 7002
    neighbour_works
}

# MiB that the helper has: taken from the host, and not yet in the kernel of the container.
held() {
    local taken waits there
    taken=$(at_host ss -tinH dst "$LAN_V4" | grep -o 'bytes_received:[0-9]*' | awk -F: '{ n += $2 } END { print n + 0 }')
    waits=$(at_host ss -tnH dst "$LAN_V4" | awk '{ n += $2 } END { print n + 0 }')
    there=$(inside ss -tnH dst "$LAN_V4" | awk '{ n += $2 } END { print n + 0 }')
    echo $(((taken - waits - there) >> 20))
}

# 128 KiB of each would be 250 MiB, and the half, up to which libslirp asks for more, 125.  Its buffers are
# rings: what went through them into the kernel of the container, which is 64 KiB of each, stays in memory.
@test "NL-24: two thousand readers that stop have 64 MiB together" {
    command -v ss >/dev/null || skip 'needs ss'
    holds 7003 2000
    is "$(cat "$BATS_TEST_TMPDIR/held")" 2000
    until_ok 10 grep -q '64 MiB wait for it' "$BATS_TEST_TMPDIR/by"
    rests
    [ "$(held)" -ge 32 ] && [ "$(held)" -le 64 ] || fail "$(held) MiB are held"
    [ "$(memory)" -le 200 ] || fail "$(memory) MiB"
    neighbour_works
    # Whoever reads is read for again, when those are gone.
    kill "$HOLDER"
    until_ok 20 inside "$TALK" get tcp "$LAN_V4" 7002
}
