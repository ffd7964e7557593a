#!/usr/bin/env bats
# What users of other networks for containers have reported, a test for each.  The names are those of
# the reports: s4 is rootless-containers/slirp4netns.

load lib
load net

setup() {
    net_begin 'for the build that users get'
    bundle_talk
    ln -s busybox rootfs/bin/nslookup
}

teardown() {
    net_finish "$ID" "$ID.b"
}

# ---- the pieces ----------------------------------------------------------------------------------

# A namespace with rcrun-net, and all processes of that.
attached() { # OPTION...
    attach rcrun-net "$@"
    look_at_helpers
}

# A container that goes on, in the background.
detached() { # COMMAND [ARG...]
    args "$@"
    lives run "${OPTIONS[@]}" --detach "$ID"
    ok
}

in_it() { # COMMAND [ARG...]
    rcrun exec "$ID" "$@"
}

# The processes of rcrun-net that are on the world's host: keeper and worker.
helpers() {
    # shellcheck disable=SC2016 # for the shell there
    at_host sh -c 'own=$(readlink /proc/self/ns/net)
        for comm in $(grep -lx rcrun-net /proc/[0-9]*/comm); do
            [ "$(readlink "${comm%/comm}/ns/net")" != "$own" ] || basename "${comm%/comm}"
        done' 2>/dev/null
}

worker() { # of the only container
    local pid
    for pid in $(helpers); do
        children "$pid" | grep -xF "$(helpers)" || :
    done
}

gone() { # PID...: and not even a zombie
    local pid
    for pid; do
        ! at_host kill -0 "$pid" 2>/dev/null || return
    done
}

ticks() { # PID...
    local pid sum=0 stat
    for pid; do
        stat=$(cat "/proc/$pid/stat")
        # shellcheck disable=SC2086 # words
        set -- ${stat##*) }
        sum=$((sum + ${12} + ${13}))
    done
    echo "$sum"
}

descriptors() { # all of the helpers together
    local pid
    for pid in "${HELPERS[@]}"; do
        at_host ls "/proc/$pid/fd"
    done | wc -l
}

# Length and sum of so many bytes, as `sum` tells them.
summary() { # BYTES
    serve at_host tcp 127.0.0.1 7999 "flow:$1"
    at_host "$TALK" take tcp 127.0.0.1 7999
}

# Stops a client, which is stopped already, and what the server has for it by turns, until the client
# has ended; how often.
stall() { # CLIENT SERVER
    local child
    STALLS=0
    while kill -CONT "$1" 2>/dev/null; do
        sleep .02
        kill -STOP "$1" 2>/dev/null || break
        child=$(children "$2")
        [ -n "$child" ] || continue
        kill -STOP "$child" 2>/dev/null || continue
        kill -CONT "$1" 2>/dev/null || :
        sleep .15
        kill -STOP "$1" 2>/dev/null || :
        kill -CONT "$child"
        sleep .15
        STALLS=$((STALLS + 1))
    done
}

names_are() { # ADDRESS: what the container is told of the name
    in_it nslookup web.test
    line "Address: $1"
}

# ---- packets -------------------------------------------------------------------------------------

@test "s4#128, s4#284, podman#4537: transfers do not stall" {
    local i slow=0 most=0 kind gap
    serve at_lan tcp "$LAN_V4" 7001 flow:4194304
    serve at_lan tcp "$LAN_V4" 7002 sum
    attached
    for i in $(seq 20); do
        for kind in '7001 0' '7002 4194304'; do
            # shellcheck disable=SC2086 # words
            run --separate-stderr inside "$TALK" pace tcp "$LAN_V4" $kind
            ok
            [ "$kind" != '7001 0' ] || is "${output% *}" 4194304
            gap=${output#* }
            [ "$gap" -le 200 ] || slow=$((slow + 1))
            [ "$gap" -le "$most" ] || most=$gap
        done
    done
    # A machine that is busy may take its time now and then.
    [ "$slow" -le 2 ] && [ "$most" -le 2000 ] || fail "$slow of 40 stood still, one for $most ms"
}

@test "s4#306, WSL#6082: datagrams above the MTU, both ways, out and in" {
    local n text
    serve at_lan udp "$LAN_V4" 7001 echo
    serve at_lan udp "$LAN_V6" 7001 echo
    attached -6 -p 127.0.0.1:7053:53/udp -p "$HOST_V4:7053:54/udp"
    serve inside udp 10.0.2.100 53 echo
    serve inside udp 10.0.2.100 54 echo
    for n in 1472 1473 8000 65507; do
        text=$(head -c "$n" /dev/zero | tr '\0' x)
        run --separate-stderr inside "$TALK" get udp "$LAN_V4" 7001 "$text"
        [ "$output" = "$text" ] || fail "$n bytes out: ${#output} came back, $stderr"
        talk at_host get udp 127.0.0.1 7053 "$text"
        [ "$output" = "$text" ] || fail "$n bytes in, from the host: ${#output} came back, $stderr"
        talk at_lan get udp "$HOST_V4" 7053 "$text"
        [ "$output" = "$text" ] || fail "$n bytes in, from elsewhere: ${#output} came back, $stderr"
        # libslirp knows no parts of IPv6.
        text=${text:0:65000}
        run --separate-stderr inside "$TALK" get udp "$LAN_V6" 7001 "$text"
        [ "$output" = "$text" ] || fail "$n bytes out over IPv6: ${#output} came back, $stderr"
    done
}

@test "podman#7016, podman#7231: a published port after two thousand short connections" {
    attached --flows-per-second 1000000 -p 127.0.0.1:7080:80 -p "$HOST_V4:7080:80"
    serve inside tcp 10.0.2.100 80 say:yes
    talk at_host many tcp 127.0.0.1 7080 2000
    out 2000
    talk at_lan many tcp "$HOST_V4" 7080 500
    out 500
}

@test "s4#334: no descriptor is left of two thousand connections out" {
    local before
    # It closes when the client has: the other way round libslirp keeps each for ten seconds.
    serve at_lan tcp "$LAN_V4" 7001 sum
    # As many a second as they want: who is served does not count for the rate.
    attached --flows-per-second 100
    run --separate-stderr inside "$TALK" get tcp "$LAN_V4" 7001
    ok
    before=$(descriptors)
    run --separate-stderr inside "$TALK" many tcp "$LAN_V4" 7001 2000
    out 2000
    until_ok 5 few $((before + 4))
}

few() { # N
    [ "$(descriptors)" -le "$1" ]
}

@test "podman#23681: bulk through a published port, with stalls of either side" {
    local size=134217728 wanted
    attached -p 127.0.0.1:7080:80 -p 127.0.0.1:7081:81
    wanted=$(summary "$size")
    serve inside tcp 10.0.2.100 80 sum
    transfer send tcp 127.0.0.1 7080 "$size"
    serve inside tcp 10.0.2.100 81 "flow:$size"
    transfer take tcp 127.0.0.1 7081
}

# The last server is the other end; what comes must be $wanted.
transfer() { # ARG...
    local WAY client
    way at_host
    "${WAY[@]}" "$TALK" "$@" </dev/null >sent 2>&1 3>&- &
    client=$!
    kill -STOP "$client"
    stall "$client" "${SERVING[-1]}"
    wait "$client"
    is "$(cat sent)" "$wanted"
    [ "$STALLS" -ge 1 ] || fail 'it was through before it was stalled'
}

@test "s4#157, s4#227, podman#23686: with connections that do nothing, nothing is done" {
    local before
    serve at_lan tcp "$LAN_V4" 7001 keep
    serve at_lan udp "$LAN_V4" 7002 echo
    serve at_lan tcp "$LAN_V4" 7003 say:end
    attached -6 -p 127.0.0.1:7080:80
    serve inside tcp 10.0.2.100 80 keep
    run inside "$TALK" get udp "$LAN_V4" 7002 x
    out x
    inside "$TALK" hold tcp "$LAN_V4" 7001 50 >held 2>&1 3>&- &
    SERVING+=($!)
    # One that the other side has closed.
    inside "$TALK" hold tcp "$LAN_V4" 7003 1 >held.half 2>&1 3>&- &
    SERVING+=($!)
    at_host "$TALK" hold tcp 127.0.0.1 7080 50 >held.in 2>&1 3>&- &
    SERVING+=($!)
    until_ok 5 grep -qx 50 held
    until_ok 5 grep -qx 50 held.in
    until_ok 5 grep -qx 1 held.half
    sleep .5
    before=$(ticks "${HELPERS[@]}")
    sleep 3
    [ $(($(ticks "${HELPERS[@]}") - before)) -le 6 ] ||
        fail "$(($(ticks "${HELPERS[@]}") - before)) ticks in three seconds"
}

@test "vpnkit#406, vpnkit#103: with few descriptors there are few connections, and no storm" {
    local before out in keeps
    serve at_lan tcp "$LAN_V4" 7001 keep
    serve at_lan tcp "$LAN_V4" 7002 say:yes
    ulimit -n 256
    attached -p 127.0.0.1:7080:80 -p 127.0.0.1:7081:81
    serve inside tcp 10.0.2.100 80 keep
    keeps=${SERVING[-1]}
    serve inside tcp 10.0.2.100 81 say:yes
    nsenter -t "$INSIDE" -U -n --preserve-credentials "$TALK" hold tcp "$LAN_V4" 7001 200 >held 2>&1 3>&- &
    out=$!
    SERVING+=("$out")
    until_ok 30 test -s held
    [ "$(cat held)" -ge 50 ] && [ "$(cat held)" -lt 200 ] || fail "$(cat held) connections"
    # Those that come in wait until there is room.
    nsenter -t "$WORLD" -U -n --preserve-credentials "$TALK" hold tcp 127.0.0.1 7080 200 >held.in 2>&1 3>&- &
    in=$!
    SERVING+=("$in")
    until_ok 30 test -s held.in
    sleep 1
    before=$(ticks "${HELPERS[@]}")
    sleep 1
    [ $(($(ticks "${HELPERS[@]}") - before)) -le 20 ] || fail 'spins'
    kill "$out"
    wait "$out" || :
    kill "${SERVING[0]}"
    # If it was the server that closed first, libslirp keeps them for ten seconds.
    until_ok 20 inside "$TALK" get tcp "$LAN_V4" 7002
    kill "$in" "$keeps"
    until_ok 10 timeout 1 nsenter -t "$WORLD" -U -n --preserve-credentials "$TALK" get tcp 127.0.0.1 7081
}

@test "NL-15: a container that is paused in the middle of transfers" {
    local size=134217728 wanted pids
    serve at_lan tcp "$LAN_V4" 7001 "flow:$size"
    serve at_lan tcp "$LAN_V4" 7002 sum
    wanted=$(summary "$size")
    # What they start with is that they are paused, so that it is in the middle on every machine.
    OPTIONS=(--net=slirp)
    detached sh -c "talk take tcp $LAN_V4 7001 >/down & talk send tcp $LAN_V4 7002 $size >/up & wait; sleep 100"
    until_ok 5 both_talk
    # shellcheck disable=SC2046 # pids
    kill -STOP $(talkers)
    sleep 3
    [ "$(talkers | wc -l)" -eq 2 ] || fail 'they were through before they were paused'
    [ ! -s rootfs/down ] && [ ! -s rootfs/up ]
    # shellcheck disable=SC2046 # pids
    kill -CONT $(talkers)
    until_ok 20 test -s rootfs/down -a -s rootfs/up
    is "$(cat rootfs/down)" "$wanted"
    is "$(cat rootfs/up)" "$wanted"
}

talkers() {
    processes | sed -n 's/^\([0-9]*\) talk .*/\1/p'
}

both_talk() {
    [ "$(talkers | wc -l)" -eq 2 ]
}

# ---- addresses -----------------------------------------------------------------------------------

@test "s4#70, s4#299, podman#7308: a network of the host that has our addresses stays in reach" {
    at_host ip route add 10.0.2.0/24 dev eth0
    at_lan ip address add 10.0.2.9/24 dev eth0
    serve at_lan tcp 10.0.2.9 7001 say:real
    OPTIONS=(--net=slirp)
    go talk get tcp 10.0.2.9 7001
    ok
    out real
    gosh 'ip -o -4 address show dev tap0'
    has 'inet 10.0.3.100/24'
}

@test "s4#280, rootlesskit#280: a resolver of the host that has our addresses is asked" {
    at_lan ip address add 10.0.2.3/24 dev eth0
    at_host ip route add 10.0.2.3 dev eth0
    serve at_lan udp 10.0.2.3 53 dns:web.test=192.0.2.77
    own_etc 10.0.2.3
    OPTIONS=(--net=slirp)
    go nslookup web.test
    rc 0
    line 'Address: 192.0.2.77'
}

@test "s4#253, s4#250, podman#5138: published over IPv6, and the server sees who it is, both families" {
    OPTIONS=(--net=slirp,ipv6=on -p "$HOST_V4:7080:80" -p "[$HOST_V6]:7080:80")
    detached sh -c 'talk serve tcp 0.0.0.0 80 peer & talk serve tcp :: 80 peer'
    until_ok 5 at_lan "$TALK" get tcp "$HOST_V6" 7080
    talk at_lan get tcp "$HOST_V6" 7080
    has "$LAN_V6 "
    talk at_lan get tcp "$HOST_V4" 7080
    has "$LAN_V4 "
}

@test "podman#11062: IPv6 works for the first thing that a container does" {
    serve at_lan tcp "$LAN_V6" 7001 say:six
    at_host ip -6 route add default via "$LAN_V6"
    OPTIONS=(--net=slirp)
    for _ in 1 2 3; do
        go talk get tcp "$LAN_V6" 7001
        ok
        out six
    done
}

@test "podman#23566, podman#24341, podman#26678: started offline, and other addresses later" {
    serve at_lan tcp "$LAN_V4" 7001 peer
    at_host ip link set eth0 down
    is "$(at_host ip route)" ''
    OPTIONS=(--net=slirp)
    detached sleep 100
    in_it talk get tcp "$LAN_V4" 7001
    [ "$status" -ne 0 ]
    at_host ip link set eth0 up
    at_host ip route replace default via "$LAN_V4"
    until_ok 5 rcrun_ok exec "$ID" talk get tcp "$LAN_V4" 7001
    out "$HOST_V4 ${output#* }"
    at_host ip address del "$HOST_V4/24" dev eth0
    at_host ip address add 192.0.2.44/24 dev eth0
    at_host ip route replace default via "$LAN_V4"
    until_ok 5 rcrun_ok exec "$ID" talk get tcp "$LAN_V4" 7001
    out "192.0.2.44 ${output#* }"
}

rcrun_ok() {
    rcrun "$@"
    [ "$status" -eq 0 ]
}

# ---- resolvers -----------------------------------------------------------------------------------

@test "podman#3277, podman#22044, buildah#5033: the resolver on the host's loopback is asked" {
    serve at_host udp 127.0.0.53 53 dns:web.test=192.0.2.77
    own_etc 127.0.0.53
    OPTIONS=(--net=slirp)
    go nslookup web.test
    rc 0
    line 'Address: 192.0.2.77'
    # And is no way to the loopback of the host.
    go talk get udp 127.0.0.53 53 x
    [ "$status" -ne 0 ]
}

@test "rootlesskit#438: a host whose only resolver has IPv6, and one that has two of which one is dead" {
    serve at_lan udp "$LAN_V6" 53 dns:web.test=192.0.2.77
    own_etc "$LAN_V6"
    OPTIONS=(--net=slirp)
    go nslookup web.test
    rc 0
    line 'Address: 192.0.2.77'
    nameservers 192.0.2.200 "$LAN_V6"
    go nslookup web.test
    rc 0
    line 'Address: 192.0.2.77'
}

@test "podman#14412, podman#10026: resolvers change while a container runs" {
    serve at_lan udp "$LAN_V4" 53 dns:web.test=192.0.2.77
    serve at_host udp 127.0.0.53 53 dns:web.test=192.0.2.78
    own_etc "$LAN_V4"
    OPTIONS=(--net=slirp)
    detached sleep 100
    in_it cat /etc/resolv.conf
    is "$output" "$(printf 'nameserver 10.0.2.3')"
    names_are 192.0.2.77
    nameservers 127.0.0.53
    until_ok 5 names_are 192.0.2.78
    in_it cat /etc/resolv.conf
    is "$output" "$(printf 'nameserver 10.0.2.3')"
    # Away and back, as with a VPN.
    rm "$ETC/resolv.conf"
    nameservers "$LAN_V4"
    until_ok 5 names_are 192.0.2.77
}

@test "podman#8089, WSL#10092: no resolv.conf, or a link to nowhere, is no reason not to start" {
    serve at_lan tcp "$LAN_V4" 7001 say:yes
    own_etc
    rm "$ETC/resolv.conf"
    OPTIONS=(--net=slirp)
    go talk get tcp "$LAN_V4" 7001
    rc 0
    out yes
    says '/etc/resolv.conf: no such file or directory'
    is "$(grep -c . <<<"$stderr")" 1
    ln -s ../mnt/wsl/resolv.conf "$ETC/resolv.conf"
    go talk get tcp "$LAN_V4" 7001
    rc 0
    out yes
    says resolv.conf
    # Asked for a name it says so at once.
    SECONDS=0
    go nslookup web.test
    [ "$status" -ne 0 ] && [ "$SECONDS" -lt 3 ] || show "after $SECONDS s"
}

# ---- ports ---------------------------------------------------------------------------------------

@test "podman#10205: a port that a container has is refused to the next, and free when that is stopped" {
    OPTIONS=(--net=slirp -p 127.0.0.1:7080:80)
    detached talk serve tcp 0.0.0.0 80 say:first
    args talk serve tcp 0.0.0.0 80 say:second
    lives run "${OPTIONS[@]}" --detach "$ID.b"
    refused 'port 127.0.0.1:7080 is in use'
    talk at_host get tcp 127.0.0.1 7080
    out first
    rcrun kill "$ID" KILL
    ok
    until_ok 5 stopped
    lives run "${OPTIONS[@]}" --detach "$ID.b"
    ok
    until_ok 5 at_host "$TALK" get tcp 127.0.0.1 7080
    talk at_host get tcp 127.0.0.1 7080
    out second
    # What is left of the first goes without taking the port along.
    rcrun delete "$ID"
    ok
    talk at_host get tcp 127.0.0.1 7080
    out second
}

stopped() {
    rcrun state "$ID"
    jq -e '.status == "stopped"' <<<"$output"
}

@test "podman#5740: a port of the host's loopback, used from another container, goes on" {
    OPTIONS=(--net=slirp -p 127.0.0.1:7080:80 -p "$HOST_V4:7080:80")
    detached talk serve tcp 0.0.0.0 80 say:first
    until_ok 5 at_host "$TALK" get tcp 127.0.0.1 7080
    for _ in 1 2 3; do
        args talk get tcp 10.0.2.2 7080
        rcrun run --net=slirp,host-loopback "$ID.b"
        ok
        out first
        # And from the one that it leads to.
        in_it talk get tcp "$HOST_V4" 7080
        ok
        out first
        talk at_host get tcp 127.0.0.1 7080
        out first
    done
}

@test "podman#24285, podman#26581: ports for a network that has none are refused, not ignored" {
    local mode
    for mode in none host; do
        OPTIONS=("--net=$mode" -p 127.0.0.1:7080:80)
        go true
        refused "means nothing with --net=$mode"
    done
}

@test "podman#4350: what is wrong with a port is told, and by rcrun" {
    OPTIONS=(--net=slirp -p 192.0.2.99:7080:80)
    go true
    refused 'port 192.0.2.99:7080: no address of this host'
    OPTIONS=(--net=slirp -p 127.0.0.1:7080:80/sctp)
    go true
    refused '"sctp"'
}

@test "podman#29792: a port of a network from which nothing goes out takes bulk" {
    local wanted
    wanted=$(summary 33554432)
    OPTIONS=(--net=internal -p 127.0.0.1:7080:80)
    detached talk serve tcp 0.0.0.0 80 sum
    until_ok 5 at_host "$TALK" get tcp 127.0.0.1 7080
    talk at_host send tcp 127.0.0.1 7080 33554432
    out "$wanted"
}

# ---- life ----------------------------------------------------------------------------------------

@test "podman#4488, podman#10310, podman#9777: a helper that is killed gets a successor, and none is a zombie" {
    local pid all
    serve at_lan tcp "$LAN_V4" 7001 say:yes
    serve at_lan tcp "$LAN_V4" 7002 sum
    OPTIONS=(--net=slirp -p 127.0.0.1:7080:80)
    detached sh -c "talk serve tcp 0.0.0.0 80 say:served & while ! [ -e /go ]; do sleep .02; done
        talk pace tcp $LAN_V4 7002 100000000000 >/old 2>&1 & wait"
    pid=$(worker)
    is "$(wc -w <<<"$pid")" 1
    touch rootfs/go
    until_ok 5 moved
    SECONDS=0
    at_host kill -KILL "$pid"
    until_ok 5 gone "$pid"
    in_it talk get tcp "$LAN_V4" 7001
    ok
    out yes
    talk at_host get tcp 127.0.0.1 7080
    out served
    # A connection that was there ends with an error when it sends.
    until_ok 5 grep -q reset rootfs/old
    [ "$SECONDS" -le 4 ] || fail "that took $SECONDS s"
    mapfile -t all < <(helpers && children "$(helpers | head -n 1)")
    rcrun delete --force "$ID"
    ok
    until_ok 2 gone "${all[@]}"
}

moved() {
    processes | grep -q 'talk pace'
}

@test "podman#13153, podman#15390: who started it is killed with all of its session" {
    local session
    serve at_lan tcp "$LAN_V4" 7001 say:yes
    OPTIONS=(--net=slirp --detach)
    args sleep 100
    local command
    command_line run "${OPTIONS[@]}" "$ID"
    # shellcheck disable=SC2016 # for the shell there
    setsid sh -c 'echo $$ >session; "$@"; echo $? >ended; sleep 100; :' sh "${command[@]}" \
        </dev/null >said 2>&1 3>&- &
    until_ok 10 test -s ended
    is "$(cat ended said)" 0
    session=$(cat session)
    ps -o pid= -s "$session" | xargs kill -KILL
    until_ok 2 gone "$session"
    in_it talk get tcp "$LAN_V4" 7001
    ok
    out yes
}
