#!/usr/bin/env bats
# Podman with rcrun-net in the place of slirp4netns, and the same with slirp4netns itself.

load lib
load engines
load net

ENGINE=podman

setup() {
    [ "${SANITIZERS-}" != yes ] || skip 'for the build that users get'
    integration_setup
    need_tun
    command -v podman >/dev/null || skip 'podman is not installed'
    engine_home
    ENGINE_OPTIONS=(--tmpdir "$P/tmp" --cgroup-manager cgroupfs --events-backend none --runtime rcrun)
    tar -C "$BATS_FILE_TMPDIR/base" -c . >"$P/base.tar"
    engine_run import "$P/base.tar" box
    [ "$status" -eq 0 ] || skip "podman does not work here: $(tail -n 1 <<<"$stderr")"
    # Podman's containers are on the host of the suite, whatever its address is.
    HERE=$(ip -4 -o address show up scope global 2>/dev/null | sed -n '1s,.* inet \([0-9.]*\)/.*,\1,p')
    [ -n "$HERE" ] || skip 'needs an address of the host besides its loopback'
    serve here tcp "$HERE" 7001 peer
    serve here tcp 127.0.0.1 7001 say:SECRET
    HELPERS=("${RCRUN%/*}/rcrun-net")
    ! command -v slirp4netns >/dev/null || HELPERS+=("$(command -v slirp4netns)")
}

teardown() {
    local left
    [ -n "${ID-}" ] || return 0
    if [ -n "${P-}" ] && [ -d "$P" ]; then
        engine_run rm --all --force --time 0
        left=$(end_engine)
    fi
    net_end
    left+=$(left_behind)
    remove_all
    [ -z "$left" ] || fail "$left"
}

# The same under each helper.
each() { # STATUS OUTPUT COMMAND [ARG...]
    local wanted=$1 pattern=$2 helper
    shift 2
    for helper in "${HELPERS[@]}"; do
        engine_run --network-cmd-path "$helper" "${@//@/$ID-${helper##*/}}"
        [ "$status" -eq "$wanted" ] || show "${helper##*/}: wanted status $wanted from: $*" || return
        # shellcheck disable=SC2053 # a pattern
        [[ $output == $pattern ]] || show "${helper##*/}: wanted from: $*" "$pattern" || return
    done
}

# The helper's processes that belong to this test.
helpers() {
    echo "$BATS_TEST_TMPDIR/" >"$BATS_TEST_TMPDIR/pattern"
    grep -las '^[^[:cntrl:]]*/rcrun-net[[:cntrl:]]' /proc/[0-9]*/cmdline |
        xargs -r grep -lasF -f "$BATS_TEST_TMPDIR/pattern" | cut -d/ -f3
}

@test "podman run: the default network of a user" {
    each 0 "$HERE *" run --rm --network slirp4netns box nc "$HERE" 7001
    each 0 $'10.0.2.100/24\n10.0.2.2' run --rm --network slirp4netns box sh -c \
        "ip -o -4 address show dev tap0 | awk '{ print \$4 }'; ip route | awk '\$1 == \"default\" { print \$3 }'"
    each 0 10.0.2.3 run --rm --network slirp4netns box sh -c \
        "sed -n 's/^nameserver //p' /etc/resolv.conf | head -n 1"
    each 0 '' run --rm --network slirp4netns box sh -c 'nc -w 2 10.0.2.2 7001 </dev/null; true'
    until_ok 5 none
}

@test "podman run: the options of its network" {
    each 0 '10.9.8.100/24' run --rm --network slirp4netns:cidr=10.9.8.0/24 box sh -c \
        "ip -o -4 address show dev tap0 | awk '{ print \$4 }'"
    each 0 9000 run --rm --network slirp4netns:mtu=9000 box cat /sys/class/net/tap0/mtu
    each 0 1 run --rm --network slirp4netns:enable_ipv6=true box sh -c \
        'ip -o -6 address show dev tap0 scope global | grep -c fd00:'
    each 0 "$HERE *" run --rm --network "slirp4netns:outbound_addr=$HERE" box nc "$HERE" 7001
    # What is wrong is podman's error.
    engine_run --network-cmd-path "${HELPERS[0]}" run --rm --network slirp4netns:outbound_addr=192.0.2.77 box true
    [ "$status" -ne 0 ]
    says 'rcrun-net: --outbound: 192.0.2.77: cannot assign requested address'
}

@test "podman run -p: ports through the API socket, and by podman's own process" {
    local helper port=7100 handler
    for helper in "${HELPERS[@]}"; do
        for handler in slirp4netns rootlesskit; do
            engine_run --network-cmd-path "$helper" run -d --name "$ID-$((port += 1))" -p "127.0.0.1:$port:80" \
                --network "slirp4netns:port_handler=$handler" box sh -c 'while echo served | nc -l -p 80; do :; done'
            rc 0
            until_ok 10 answers "$port"
        done
    done
    # A port that is taken is an error of podman's, with the helper's words.
    engine_run --network-cmd-path "${HELPERS[0]}" run --rm -p 127.0.0.1:7001:80 \
        --network slirp4netns:port_handler=slirp4netns box true
    [ "$status" -ne 0 ]
    says 'port 127.0.0.1:7001 is in use'
}

answers() { # PORT
    [ "$("$TALK" get tcp 127.0.0.1 "$1")" = served ]
}

@test "podman: a helper ends with its container" {
    engine_run --network-cmd-path "${HELPERS[0]}" run -d --name "$ID-a" --network slirp4netns box sleep 100
    rc 0
    [ -n "$(helpers)" ] || fail 'there is no helper'
    engine_run rm --force --time 0 "$ID-a"
    until_ok 5 none
}

none() {
    [ -z "$(helpers)" ]
}
