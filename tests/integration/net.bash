# shellcheck shell=bash
# What the tests of networks share.  A test that wants a host of its own says `world`: a user, mount
# and network namespace that stands for the host, with an address, and one more that stands for
# another machine of its network:
#
#     lan  192.0.2.9  2001:db8::9   <-- eth0 -->   192.0.2.2  2001:db8::2  host
#
# What a machine has at the addresses for documentation nobody misses.  `rcrun`, `go` and the like
# then run on that host.  Others run on the host that the suite runs on.

HOST_V4=192.0.2.2 HOST_V6=2001:db8::2 LAN_V4=192.0.2.9 LAN_V6=2001:db8::9
TALK=${builddir:?}/tests/tools/talk
# shellcheck disable=SC2034 # of tests
FLOOD=$builddir/tests/tools/flood

need_tun() {
    [ -x "${RCRUN%/*}/rcrun-net" ] || skip 'needs rcrun-net, which is built where libslirp is'
    # shellcheck disable=SC2188 # to open it is all
    { <>/dev/net/tun; } 2>/dev/null || skip 'needs /dev/net/tun for everyone'
}

# Around each test of a file that has a world for all of them.
net_begin() { # [WHY]: a build with sanitizers will not do, because
    [ $# = 0 ] || [ "${SANITIZERS-}" != yes ] || skip "$1"
    integration_setup
    world
}

net_finish() { # ID...: containers that may be left
    local id
    for id; do [ -z "$id" ] || rcrun delete --force "$id"; done
    net_end
    finish_test
}

world() { # makes the bundle as well, and rcrun runs in its directory
    bundle
    need_mapped
    need_tun
    command -v ip >/dev/null || skip 'needs ip(8)'
    unshare --user --map-root-user --map-auto --net --mount sleep 600 </dev/null >/dev/null 2>&1 3>&- &
    WORLD=$!
    # Before its ids are mapped who execs there has no power.
    # shellcheck disable=SC2016 # for the shell there
    until_ok 5 at_host sh -c '[ "$(id -u)$(id -g)" = 00 ]'
    nsenter -t "$WORLD" -U -m -n --preserve-credentials unshare --net sleep 600 </dev/null >/dev/null 2>&1 3>&- &
    LAN=$!
    until_ok 5 apart "$LAN"
    at_host sh -ec "ip link set lo up
        ip link add eth0 type veth peer name eth0 netns $LAN
        ip link set eth0 up
        ip address add $HOST_V4/24 dev eth0
        ip address add $HOST_V6/64 dev eth0 nodad
        ip route add default via $LAN_V4
        echo '0 1000' >/proc/sys/net/ipv4/ping_group_range"
    at_lan sh -ec "ip link set lo up
        ip link set eth0 up
        ip address add $LAN_V4/24 dev eth0
        ip address add $LAN_V6/64 dev eth0 nodad"
    # shellcheck disable=SC2034 # lib.bash's
    HOST=: HOST_AS=(nsenter -t "$WORLD" -U -m -n --preserve-credentials --wdns="$B")
}

# Has the process left the network of the world's host, and its ids mapped?  Until then what is done
# "in it" is done to the host.
apart() { # PID
    local here there
    here=$(readlink "/proc/$WORLD/ns/net") && there=$(at_host readlink "/proc/$1/ns/net") &&
        [ "$there" != "$here" ] && grep -q . "/proc/$1/uid_map"
}

# Where a command runs: the words to put before it, so that a background job is the command itself.
way() { # at_host|at_lan|here: sets WAY
    WAY=(nsenter -t "${WORLD-}" -U -m -n --preserve-credentials)
    case $1 in
    at_lan) WAY+=(nsenter -t "$LAN" -n) ;;
    inside) WAY=(nsenter -t "$INSIDE" -U -n --preserve-credentials) ;;
    here) WAY=(env) ;;
    esac
}

at_host() { # COMMAND [ARG...]
    local WAY
    way at_host
    "${WAY[@]}" "$@"
}

at_lan() { # COMMAND [ARG...]
    local WAY
    way at_lan
    "${WAY[@]}" "$@"
}

# A server on the world's host or on the other machine, or `here` on that of the suite; it is ready when this comes back.
serve() { # at_host|at_lan|inside|here PROTOCOL ADDRESS PORT WORD
    local WAY log=$BATS_TEST_TMPDIR/serve.$((SERVERS += 1))
    way "$1"
    shift
    "${WAY[@]}" "$TALK" serve "$@" </dev/null >"$log" 2>&1 3>&- &
    SERVING+=($!)
    until_ok 5 grep -q '^ready$' "$log"
}

# Talks from the host or the other machine: status, output, stderr.
talk() { # at_host|at_lan|here ARG...
    local WAY
    way "$1"
    shift
    run --separate-stderr "${WAY[@]}" "$TALK" "$@" </dev/null
}

# A copy of the program in the bundle, as /bin/talk.
bundle_talk() {
    cp "$TALK" "$B/rootfs/bin/talk"
}

# A network namespace that stands for a container, and what connects it; $INSIDE is
# its pid, $BY that of what connects it.
attach() { # slirp4netns|pasta|rcrun-net
    nsenter -t "$WORLD" -U -m -n --preserve-credentials unshare --user --map-root-user --net \
        sleep 100 </dev/null >/dev/null 2>&1 3>&- &
    SERVING+=($!)
    INSIDE=$!
    until_ok 5 apart "$INSIDE"
    inside sh -c 'echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet'
    local program=("$@")
    case $1 in
    slirp4netns) program=(slirp4netns -c --mtu=1500 --disable-host-loopback "$INSIDE" tap0) ;;
    pasta) program=(pasta -f --config-net -t none -u none -T none -U none --no-map-gw "$INSIDE") ;;
    rcrun-net) program=("${TRACE[@]}" "${RCRUN%/*}/rcrun-net" "${@:2}" -c "$INSIDE" tap0) ;;
    esac
    nsenter -t "$WORLD" -U -m -n --preserve-credentials "${program[@]}" \
        </dev/null >"$BATS_TEST_TMPDIR/by" 2>&1 3>&- &
    SERVING+=($!)
    BY=$!
    until_ok 10 inside sh -c 'ip route | grep -q ^default'
}

inside() { # COMMAND [ARG...]
    nsenter -t "$INSIDE" -U -n --preserve-credentials "$@"
}

# ---- what a helper costs ---------------------------------------------------------------------

# Those that memory and the others are about: of what attached last.
look_at_helpers() {
    local last=none
    HELPERS=()
    # Who made the device ends soon after it is there, and does not count.
    while [ "${HELPERS[*]}" != "$last" ]; do
        last=${HELPERS[*]}
        sleep .3
        mapfile -t HELPERS < <(echo "$BY" && children "$BY")
    done
}

# Of all processes of the helper: MiB, descriptors, clock ticks.
memory() {
    local pid sum=0
    for pid in "${HELPERS[@]}"; do
        sum=$((sum + $(awk '$1 == "VmRSS:" { print $2 }' "/proc/$pid/status")))
    done
    echo $((sum / 1024))
}

descriptors() { # of the one that has most
    local pid
    for pid in "${HELPERS[@]}"; do
        at_host ls "/proc/$pid/fd" 2>/dev/null | wc -l
    done | sort -n | tail -n 1
}

ticks() {
    local pid sum=0 stat
    for pid in "${HELPERS[@]}"; do
        stat=$(cat "/proc/$pid/stat")
        # shellcheck disable=SC2086 # words
        set -- ${stat##*) }
        sum=$((sum + ${12} + ${13}))
    done
    echo "$sum"
}

# With the load still there, the helper neither spins nor grows.
rests() {
    local before
    sleep 1
    before=$(ticks)
    sleep 2
    [ $(($(ticks) - before)) -lt 60 ] || fail "spins: $(($(ticks) - before)) ticks in two seconds"
}

# Another container of the same user.
neighbour_works() { # [PORT]
    local mine=$INSIDE its=$BY
    attach rcrun-net
    until_ok 10 inside "$TALK" get tcp "$LAN_V4" "${1-7002}" || {
        inside "$TALK" get tcp "$LAN_V4" "${1-7002}"
        inside ip address show
        cat "$BATS_TEST_TMPDIR/by"
        return 1
    }
    INSIDE=$mine BY=$its
}

# ---- resolvers -------------------------------------------------------------------------------

# An /etc of its own for the world, which a test may change; its resolv.conf names these.
own_etc() { # ADDRESS...
    ETC=$BATS_TEST_TMPDIR/etc
    mkdir "$ETC"
    # All that those who run there look at.
    cp -r /etc/{passwd,group,subuid,subgid,nsswitch.conf,ld.so.cache,alternatives,hosts,services} "$ETC" 2>/dev/null || :
    nameservers "$@"
    at_host mount --bind "$ETC" /etc
}

# Replaces the file, as those who write it do.
nameservers() { # ADDRESS...
    printf '%s\n' "${@/#/nameserver }" >"$ETC/resolv.new"
    mv "$ETC/resolv.new" "$ETC/resolv.conf"
}

# How many processes of rcrun-net there are in this world: other tests have theirs, at the same time.  Keeper and mint have its mounts, the
# worker its network.
helpers() {
    # shellcheck disable=SC2016 # for that shell
    at_host sh -c 'for comm in $(grep -lx "rcrun-net.*" /proc/[0-9]*/comm 2>/dev/null); do
            [ "$(readlink "${comm%comm}ns/net")" != "$1" ] &&
                [ "$(readlink "${comm%comm}ns/mnt")" != "$2" ] || echo "$comm"
        done' sh "$(readlink "/proc/$WORLD/ns/net")" "$(readlink "/proc/$WORLD/ns/mnt")" | wc -l
}

no_helpers() {
    [ "$(helpers)" = 0 ]
}

net_end() {
    local pid
    for pid in "${SERVING[@]}" ${LAN-} ${WORLD-}; do
        kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
    done
    SERVING=() LAN='' WORLD=''
}

SERVERS=0 SERVING=() TRACE=()
