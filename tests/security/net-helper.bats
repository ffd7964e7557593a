#!/usr/bin/env bats
# What a network helper gives away who takes it over, and what a container cannot do to it: SLP-10 to
# SLP-12, PF-13.  The container is root of its network namespace.

load ../integration/lib
load ../integration/net

setup() {
    net_begin 'for the build that users get'
    serve at_lan tcp "$LAN_V4" 7005 say:public
}

teardown() {
    net_finish "$ID"
}

# ---- exposure -----------------------------------------------------------------------------------

number() { # PID FIELD: of /proc/PID/status
    sed -n "s/^$2:[[:blank:]]*//p" "/proc/$1/status"
}

namespace() { # PID NAMESPACE
    at_host readlink "/proc/$1/ns/$2"
}

limit() { # PID WORDS
    sed -n "s/^Max $2  *\([^ ]*\)  *\([^ ]*\) .*/\1 \2/p" "/proc/$1/limits"
}

# What of a process is not as it should be, a word each.
exposed() { # PID CAPABILITIES
    local set want
    [ -z "$(at_host cat "/proc/$1/environ" | tr '\0' ' ')" ] || printf 'environ '
    for set in CapInh CapPrm CapEff CapBnd CapAmb; do
        want=0
        [[ $set != Cap[PE]* ]] || want=$2
        [ $((16#$(number "$1" $set))) -eq $((want)) ] || printf '%s ' $set
    done
    [ "$(number "$1" NoNewPrivs)" = 1 ] || printf 'NoNewPrivs '
    [ "$(number "$1" Seccomp)" = 2 ] || printf 'Seccomp '
}

# The same for what only the worker has.
open_house() { # PID
    local name
    for name in user mnt ipc uts; do
        [ "$(namespace "$1" $name)" != "$(namespace "$WORLD" $name)" ] || printf '%s ' "$name"
    done
    [ -z "$(at_host find "/proc/$1/root/" -mindepth 1 -maxdepth 1)" ] || printf 'root '
    ! at_host touch "/proc/$1/root/x" 2>/dev/null || printf 'writes '
    for name in 'core file size' 'file size' 'processes' 'locked memory'; do
        [ "$(limit "$1" "$name")" = '0 0' ] || printf '%s ' "$name"
    done
    [ "$(limit "$1" 'address space')" != 'unlimited unlimited' ] || printf 'address space '
    [ "$(cat "/proc/$1/oom_score_adj")" -gt "$(cat /proc/self/oom_score_adj)" ] || printf 'oom '
    ! at_host ls -l "/proc/$1/fd" | sed -n 's/.* -> //p' |
        grep -vE '^(/dev/null|anon_inode:\[(eventpoll|eventfd)\]|socket:\[.*\]|/|/dev/net/tun)$' || printf 'files '
}

descriptors_of() { # PID: what they are, sorted
    at_host ls -l "/proc/$1/fd" | sed -n 's/.* -> //p' | sed 's/:\[[0-9]*\]$//' | sort | uniq -c | sed 's/^ *//'
}

# The inodes of sockets that others can connect to.
can_be_asked() {
    at_host awk '$6 == "01" && /net\.sock$/ { print $7 }' /proc/net/unix
}

starts() { # what the helpers are goes to KEEPER, WORKER, MINT, and INIT
    bundle_talk
    args talk serve tcp 0.0.0.0 80 say:inside
    lives run -p 8080:80 --detach "$ID"
    rc 0
    rcrun state "$ID"
    local detail
    detail=$(jq -r '.annotations["org.rcrun.network.detail"]' <<<"$output")
    KEEPER=$(jq .pid <<<"$detail") WORKER=$(jq .worker <<<"$detail") MINT=$(jq .mint <<<"$detail")
    INIT=$(jq .pid <<<"$output")
}

@test "SLP-11: who takes over the worker has a socket to the keeper, the tap, connections, and nothing else" {
    starts
    is "$(exposed "$WORKER" 0)" ''
    is "$(open_house "$WORKER")" ''
    for name in user net mnt pid; do
        [ "$(namespace "$WORKER" $name)" != "$(namespace "$INIT" $name)" ] || fail "is in the container's: $name"
    done
    # The socket that answers `rcrun port` is the keeper's.
    asked=$(can_be_asked)
    [ -n "$asked" ]
    at_host ls -l "/proc/$KEEPER/fd" | grep -qF "socket:[$asked]"
    ! at_host ls -l "/proc/$WORKER/fd" "/proc/$MINT/fd" | grep -F "socket:[$asked]"
}

@test "SLP-11: the mint has one socket, and one power over the container's network" {
    starts
    is "$(exposed "$MINT" 0x1000)" ''
    is "$(descriptors_of "$MINT")" $'3 /dev/null\n1 socket'
    is "$(namespace "$MINT" net) $(namespace "$MINT" user)" "$(namespace "$INIT" net) $(namespace "$INIT" user)"
    # Root of the container may look for it in vain.
    for name in mnt pid ipc uts; do
        [ "$(namespace "$MINT" $name)" != "$(namespace "$INIT" $name)" ] || fail "is in the container's: $name"
    done
}

@test "SLP-11: the keeper is in nothing of the container's, and gets no more power than it has" {
    starts
    is "$(at_host cat "/proc/$KEEPER/environ" | wc -c)" 0
    is "$(number "$KEEPER" NoNewPrivs)" 1
    for name in user net mnt pid; do
        [ "$(namespace "$KEEPER" $name)" != "$(namespace "$INIT" $name)" ] || fail "is in the container's: $name"
    done
    ! at_host ls -l "/proc/$KEEPER/fd" | sed -n 's/.* -> //p' |
        grep -vE '^(/dev/null|anon_inode:(\[(eventpoll|signalfd|pidfd)\]|inotify)|pidfd:\[.*\]|socket:\[.*\]|/|/dev/net/tun)$'
}

# Whose root is above the helpers, and is this user.
not_in_the_world() {
    net_end || :
    HOST='' HOST_AS=()
}

@test "SLP-11: another process of the same user cannot look into them" {
    not_in_the_world
    starts
    is "$((16#$(number "$KEEPER" CapPrm)))" 0
    for pid in "$KEEPER" "$WORKER" "$MINT"; do
        for name in environ mem maps fd root cwd; do
            if ls "/proc/$pid/$name/" || head -c 1 "/proc/$pid/$name"; then
                fail "readable: $pid $name"
            fi >/dev/null 2>&1
        done
    done
    # What looks that way at a program that does not mind.
    sleep 100 3>&- &
    SERVING+=($!)
    head -c 1 "/proc/$!/environ" >/dev/null
}

@test "SLP-11: a container that sees all processes cannot enter the mint's root, nor look into any of them" {
    # The mint is in its user namespace, and has the root of the host.
    not_in_the_world
    without pid
    cfg '.mounts |= map(if .destination == "/proc"
        then {destination: "/proc", type: "none", source: "/proc", options: ["rbind"]} else . end)'
    all_caps
    starts
    look='for name in environ mem maps fd/ root/ cwd/ exe; do
        case $name in
        */) ls /proc/$1/$name >/dev/null 2>&1 && echo $name ;;
        exe) readlink /proc/$1/exe ;;
        *) head -c 1 /proc/$1/$name >/dev/null 2>&1 && echo $name ;;
        esac
    done; :'
    for pid in "$KEEPER" "$WORKER" "$MINT"; do
        rcrun exec "$ID" sh -c "$look" sh "$pid"
        ok
        out ''
    done
    # What executes a program once it is there is open.
    nsenter -t "$INIT" -U -n --preserve-credentials sleep 100 3>&- &
    SERVING+=($!)
    until_ok 5 is_sleep "$!"
    rcrun exec "$ID" sh -c "$look" sh "$!"
    line root/
    line environ
}

is_sleep() {
    [ "$(cat "/proc/$1/comm")" = sleep ]
}

@test "SLP-11 control: slirp4netns as podman before its sandbox started it" {
    command -v slirp4netns >/dev/null || skip 'needs slirp4netns'
    attach slirp4netns
    seen=$(exposed "$BY" 0; open_house "$BY")
    for word in environ CapBnd NoNewPrivs Seccomp mnt root 'core file size' processes oom; do
        [[ $seen == *"$word"* ]] || fail "not exposed: $word" "$seen"
    done
}

# ---- the list of system calls -------------------------------------------------------------------

# What the worker of the file `calls` called once it was in jail.
worker_calls() {
    local pid
    pid=$(sed -n 's/^\([0-9]*\) .*landlock_restrict_self.*/\1/p' calls | head -n 1)
    [ -n "$pid" ] || fail 'no worker' || return
    sed -n "/^$pid .*seccomp(SECCOMP_SET_MODE_FILTER/,\$ { s/^$pid *//p }" calls
}

# The rows of what is allowed and always wanted: the name, and the words that tell its arguments from those
# of other rows.
rows() {
    local row name words
    tr '\n' ' ' <"${srcdir:?}/helpers/rcrun-net/jail-calls.def" | sed 's/  */ /g; s, \(CALL\|#\|/\*\),\n\1,g' |
        grep -E '^CALL(_WHEN)?\(' | grep -vE '\(name,|"[^"]*(on 32 bits|\bwhere\b|\bwhen\b)[^"]*"' |
        while read -r row; do
            name=${row#*(}
            words=$(sed 's/"[^"]*"//; s/SOL_SOCKET\|IPPROTO_\(TCP\|IP\|IPV6\))//g' <<<"${row#*,}" |
                grep -oE '\b[A-Z][A-Z0-9]*_[A-Z0-9_]+|FION[A-Z]+' | grep -v PROT_ | tr '\n' ' ')
            echo "${name%%,*} $words"
        done
}

# A run that has a bit of everything.
all_at_work() {
    inside "$TALK" get tcp "$LAN_V6" 7006
    inside "$TALK" get udp "$LAN_V4" 7006 x
    inside "$TALK" get udp "$LAN_V6" 7006 x
    inside "$TALK" send tcp "$LAN_V4" 7007 3000000
    inside "$TALK" take tcp "$LAN_V4" 7008
    inside "$TALK" get tcp "$LAN_V4" 1 || :
    inside ping -c 1 -W 1 "$LAN_V4"
    is "$(inside dig +short @10.0.2.3 host.test)" 192.0.2.77
    inside sh -c 'for n in $(seq 60); do "$@" & done; wait' sh "$TALK" take tcp "$LAN_V4" 7008
    at_host "$TALK" send tcp 127.0.0.1 8080 3000000
    at_host "$TALK" take tcp 127.0.0.1 8081
    at_host "$TALK" get udp 127.0.0.1 8053 x
    at_host "$TALK" get tcp 127.0.0.1 8082 || :
}

@test "SLP-10: each system call that the worker may do is one that it does" {
    command -v strace >/dev/null || skip 'needs strace'
    command -v dig >/dev/null || skip 'needs dig'
    cd "$BATS_TEST_TMPDIR"
    serve at_lan tcp "$LAN_V6" 7006 say:public
    serve at_lan udp "$LAN_V4" 7006 say:public
    serve at_lan udp "$LAN_V6" 7006 say:public
    serve at_lan tcp "$LAN_V4" 7007 sum
    serve at_lan tcp "$LAN_V4" 7008 flow:3000000
    serve at_lan udp "$LAN_V4" 53 dns:host.test=192.0.2.77
    TRACE=(strace -fqq -o "$PWD/calls")
    attach rcrun-net -6 --dns="$LAN_V4" --pcap="$PWD/pcap" --publish={8080:80,8081:81,8082:82,8053:53/udp}
    serve inside tcp 0.0.0.0 80 sum
    serve inside tcp 0.0.0.0 81 flow:3000000
    serve inside udp 0.0.0.0 53 say:inside
    until_ok 5 inside "$TALK" get tcp "$LAN_V4" 7005
    all_at_work >/dev/null
    kill "$(children "$BY")"
    until_ok 3 sh -c '! kill -0 "$1"' sh "$BY"
    worker_calls >used
    [ "$(rows | wc -l)" -gt 40 ] || fail 'the list is not understood'
    rows | while read -r name words; do
        grep -qE "^$name\(.*${words// /.*}" used || echo "$name $words"
    done >unused
    is "$(cat unused)" ''
}

# ---- floods -------------------------------------------------------------------------------------

# It lives, its worker is the same, it is at rest, and so is everybody else.
stood_it() {
    local had=("${HELPERS[@]}")
    rests
    until_ok 5 inside "$TALK" get tcp "$LAN_V4" 7005
    look_at_helpers
    is "${HELPERS[*]}" "${had[*]}"
    is "$(cat "$BATS_TEST_TMPDIR/by")" "${1-}"
    neighbour_works 7005
}

sent() { # frames that the device has taken
    inside ip -s -j link show tap0 | jq '.[0].stats64.tx.packets'
}

@test "SLP-12: three seconds of garbage" {
    attach rcrun-net -6
    until_ok 5 inside "$TALK" get tcp "$LAN_V4" 7005
    look_at_helpers
    before=$(sent)
    run --separate-stderr inside "$FLOOD" garbage tap0 10.0.2.100 3
    ok
    read -r plain offload <<<"$output"
    [ "$plain" -gt 5000 ] && [ "$offload" -gt 500 ] || fail "only $output frames"
    [ $(($(sent) - before)) -gt 5000 ] || fail 'the device has not taken them'
    stood_it
    [ "$(memory)" -le 128 ] || fail "$(memory) MiB"
}

@test "SLP-12: a hundred thousand datagrams, each from another port" {
    attach rcrun-net
    until_ok 5 inside "$TALK" get tcp "$LAN_V4" 7005
    look_at_helpers
    run --separate-stderr inside "$FLOOD" udp "$LAN_V4" 9 100000
    ok
    [ "$output" -gt 90000 ]
    [ "$(descriptors)" -le 8400 ] || fail "$(descriptors) descriptors"
    [ "$(memory)" -le 128 ] || fail "$(memory) MiB"
    rests
    neighbour_works 7005
    # Its own datagrams may have to wait for their half of the flows; its connections do not (NL-21).
    stood_it
}

# ---- what root of the container does to its device ----------------------------------------------

@test "a device that is renamed, down, of another MTU, without addresses: the helper goes on" {
    attach rcrun-net --publish=8080:80
    serve inside tcp 0.0.0.0 80 say:inside
    until_ok 5 inside "$TALK" get tcp "$LAN_V4" 7005
    look_at_helpers
    inside sh -ec 'ip link set tap0 down; ip link set tap0 name other; ip link set other mtu 68
        ip link set other address 02:00:00:00:00:01; ip link set other up; ip address flush dev other'
    inside "$FLOOD" udp 127.0.0.1 9 10
    talk at_host get tcp 127.0.0.1 8080 x
    inside sh -ec 'ip link set other mtu 65521; ip address add 10.0.2.100/24 dev other
        ip route add default via 10.0.2.2 dev other'
    until_ok 5 inside "$TALK" get tcp "$LAN_V4" 7005
    until_ok 5 at_host "$TALK" get tcp 127.0.0.1 8080 x
    stood_it
}

@test "PF-13: the rules of published ports are deleted: only they break, and the helper goes on" {
    attach rcrun-net --publish=8080:80
    serve inside tcp 0.0.0.0 80 say:inside
    until_ok 5 at_host "$TALK" get tcp 127.0.0.1 8080 x
    look_at_helpers
    rules=$(inside ip rule)
    inside sh -c 'ip rule flush; ip route flush table all; ip rule add from all lookup main'
    [ "$(inside ip rule)" != "$rules" ]
    for _ in 1 2 3 4 5 6 7 8; do
        at_host timeout 0.2 "$TALK" get tcp 127.0.0.1 8080 x || :
    done
    inside sh -ec 'ip link set tap0 down; ip link set lo down; ip link set lo up; ip link set tap0 up
        ip address add 10.0.2.100/24 dev tap0 2>/dev/null || :
        ip route replace default via 10.0.2.2 dev tap0'
    stood_it
}

@test "a device that is deleted is told once: no spin, no worker after the other" {
    attach rcrun-net
    until_ok 5 inside "$TALK" get tcp "$LAN_V4" 7005
    look_at_helpers
    inside ip link del tap0
    until_ok 5 grep -q 'tap' "$BATS_TEST_TMPDIR/by"
    sleep 1
    is "$(cat "$BATS_TEST_TMPDIR/by")" \
        "rcrun: warning: the network is down: its worker failed: tap is gone, and the container's network with it"
    kill -0 "$BY"
    is "$(children "$BY" | wc -l)" 0
    HELPERS=("$BY")
    rests
    neighbour_works 7005
}
