#!/usr/bin/env bats
# rcrun-net by itself, as slirp4netns(1) is started, and the keeper of it: NF-20 to NF-36, NL-01 to
# NL-14.

load lib
load net
load alone

# ---- a way out -----------------------------------------------------------------------------------

@test "NF-21 NF-23: a namespace gets a way out, by both families" {
    serve at_lan tcp "$LAN_V4" 7001 say:four
    serve at_lan tcp "$LAN_V6" 7001 say:six
    serve at_lan udp "$LAN_V4" 7002 echo
    alone -c -6 --mtu 9000
    works
    run inside "$TALK" get tcp "$LAN_V4" 7001
    out four
    run inside "$TALK" get tcp "$LAN_V6" 7001
    out six
    run inside "$TALK" get udp "$LAN_V4" 7002 back
    out back
    inside ping -c 1 -W 2 10.0.2.2
    is "$(inside cat /proc/sys/net/ipv6/conf/tap0/accept_ra)" 0
    run inside ip -o link show dev tap0
    has ' mtu 9000 '
    # Ready at once: no address of IPv6 that is still tried, and none of the link.
    run inside ip -6 -o address show dev tap0
    has 'fd00::100/64 scope global nodad'
    lacks tentative
    lacks fe80
    run inside ip -o link show lo
    has ,UP
    kill "$BY"
    wait "$BY"
}

@test "NF-21 NF-24: another network, another address, another device" {
    alone -c --cidr 172.30.0.0/28 --gateway 172.30.0.1 --mac 02:00:00:00:00:09 -- "$INSIDE" eth7
    works
    run inside ip -o address show dev eth7
    has 'inet 172.30.0.14/28 brd 172.30.0.15'
    run inside ip -o link show dev eth7
    has 02:00:00:00:00:09
    run inside ip route show default
    has 'via 172.30.0.1 dev eth7'
}

@test "without -c there is a device and nothing else" {
    alone
    works
    is "$(inside ip -o address show dev tap0)" ''
    run inside ip -o link show dev tap0
    lacks ,UP
}

@test "NF-32: --internal lets nothing out, and published ports in" {
    serve at_host tcp "$HOST_V4" 7001 say:public
    alone -c --internal -p 127.0.0.1:7080:80
    works
    serve inside tcp 10.0.2.100 80 say:published
    run at_host "$TALK" get tcp 127.0.0.1 7080
    out published
    is "$(inside ip route show default)" ''
    # Not by a route of its own either.
    inside ip route add default via 10.0.2.2
    run inside timeout 2 "$TALK" get tcp "$HOST_V4" 7001
    [ "$status" -ne 0 ]
}

@test "NF-32: UDP of an internal network is answered, and asks nobody" {
    serve at_lan udp "$LAN_V4" 7001 say:public
    serve at_lan tcp "$LAN_V4" 7002 say:public
    controlled -c -6 --internal -p '*:7053:53/udp' -p 7054:54/udp
    serve inside udp 10.0.2.100 53 peer
    serve inside udp 10.0.2.100 54 peer
    serve inside udp 10.0.2.100 55 peer
    serve inside udp fd00::100 53 echo
    run at_lan "$TALK" get udp "$HOST_V4" 7053 x
    has "$LAN_V4 "
    run at_host "$TALK" get udp 127.0.0.1 7054 x
    has '10.0.2.2 '
    run at_lan "$TALK" get udp "$HOST_V6" 7053 six
    out six
    # Neither whom it answers nor anybody else.
    run inside "$TALK" get udp "$LAN_V4" 7001 x
    [ "$status" -ne 0 ]
    lacks public
    run inside "$TALK" get tcp "$LAN_V4" 7002
    [ "$status" -ne 0 ]
    ask 'add 127.0.0.1:7055:55/udp'
    run at_host "$TALK" get udp 127.0.0.1 7055 x
    has '10.0.2.2 '
    ask status
    json '.counters.drop_internal > 0' true
}

@test "NF-32: an internal network without UDP has no libslirp to give it one later" {
    controlled -c --internal -p 7080:80
    ask 'add 7053:53/udp'
    json .error 'port 7053: an internal network that began without published UDP ports has none later'
}

@test "NF-30: packets go out from the address that is wanted" {
    serve at_lan tcp "$LAN_V4" 7001 peer
    at_host ip address add 192.0.2.77/24 dev eth0
    alone -c --outbound-addr 192.0.2.77
    works
    run inside "$TALK" get tcp "$LAN_V4" 7001
    has '192.0.2.77 '
    alone_fails --outbound-addr 192.0.2.78
    refused '--outbound: 192.0.2.78: cannot assign requested address'
    alone_fails --outbound-addr eth9
    refused '--outbound: "eth9" is neither an address nor a device with one'
}

@test "a namespace by its path, whose owner is found" {
    serve at_lan tcp "$LAN_V4" 7001 say:public
    alone -c --netns-type=path -- "/proc/$INSIDE/ns/net" tap0
    works
    run inside "$TALK" get tcp "$LAN_V4" 7001
    out public
    alone_fails --netns-type=path
    rc 1
    run --separate-stderr at_host "${RCRUN%/*}/rcrun-net" /etc/passwd
    [[ $stderr == 'rcrun-net: /etc/passwd is no network namespace' ]] || show 'another error'
}

# ---- beginning and end ---------------------------------------------------------------------------

@test "NL-11: it ends with its container, and leaves nothing" {
    alone -c -p 127.0.0.1:7080:80 -p "unix:$PWD/web:80" -a "$PWD/api"
    works
    local helpers
    mapfile -t helpers < <(echo "$BY" && children "$BY")
    [ "${#helpers[@]}" -ge 3 ] || fail 'the mint or the worker is not there'
    [ -S web ] && [ -S api ]
    is "$(stat -c %a web api | xargs)" '600 600'
    kill -9 "$INSIDE"
    gone "${helpers[@]}"
    [ ! -e web ] && [ ! -e api ] || fail 'a socket is left'
}

@test "NL-14: what a container sent before it ended arrives" {
    alone -c -p 127.0.0.1:7080:80 --drain-ms 2000
    works
    # Less than the kernel keeps of a connection whose reader is slow.
    serve inside tcp 10.0.2.100 80 flow:150000
    at_host bash -c 'exec 5<>/dev/tcp/127.0.0.1/7080; echo connected; sleep 1; wc -c <&5' >got 3>&- &
    local reader=$!
    until_ok 5 grep -q connected got
    sleep .3
    kill -9 "$INSIDE"
    wait "$reader"
    is "$(tail -n 1 got)" 150000
    gone "$BY"
}

@test "NL-22: what only one side has closed makes room for what is new" {
    local holder
    serve at_lan tcp "$LAN_V4" 7001 keep
    serve at_lan tcp "$LAN_V4" 7002 say:new
    alone -c --flows-max=4 --half-closed=30
    works
    nsenter -t "$INSIDE" -U -n --preserve-credentials "$TALK" hold tcp "$LAN_V4" 7001 4 >held 2>&1 3>&- &
    holder=$!
    SERVING+=("$holder")
    until_ok 5 grep -q '^4$' held
    sleep 3
    # What both sides have open stays.
    run inside "$TALK" get tcp "$LAN_V4" 7002
    [ "$status" -ne 0 ]
    kill "$holder"
    until_ok 10 inside "$TALK" get tcp "$LAN_V4" 7002
}

@test "--exit-fd ends it, whoever lives" {
    mkfifo end
    exec 8<>end
    nsenter -t "$WORLD" -U -m -n --preserve-credentials "${RCRUN%/*}/rcrun-net" -c -r 7 -e 6 "$INSIDE" \
        </dev/null >by 2>&1 3>&- 7>ready 6<end 8>&- &
    BY=$!
    until_ok 10 grep -q 1 ready
    kill -0 "$BY"
    exec 8>&-
    gone "$BY"
    wait "$BY"
    kill -0 "$INSIDE"
}

@test "NL-11: the keeper is killed, and nothing of it stays" {
    alone -c -p 127.0.0.1:7080:80
    works
    local others
    mapfile -t others < <(children "$BY")
    [ "${#others[@]}" -eq 2 ] || fail "wanted mint and worker: ${others[*]}"
    kill -9 "$BY"
    gone "${others[@]}"
    run at_host "$TALK" get tcp 127.0.0.1 7080
    [ "$status" -ne 0 ]
}

@test "NL-10: the worker is killed: the next connection works, and it happens once a minute" {
    local worker
    serve at_lan tcp "$LAN_V4" 7001 say:public
    controlled -c -p 127.0.0.1:7080:80
    serve inside tcp 10.0.2.100 80 say:published
    ask status
    json '.status, .restarts' 'up
0'
    worker=$(jq .worker <<<"$output")
    kill -9 "$worker"
    gone "$worker"
    run inside "$TALK" get tcp "$LAN_V4" 7001
    out public
    run at_host "$TALK" get tcp 127.0.0.1 7080
    out published
    ask status
    json '.status, .restarts' 'up
1'
    [ "$(jq .worker <<<"$output")" != "$worker" ]
    worker=$(jq .worker <<<"$output")
    kill -9 "$worker"
    gone "$worker"
    ask status
    json '.status, .reason, .worker, .restarts' 'down
was killed by signal 9
0
1'
    # What is published stays so, and can be changed.
    ask 'add 127.0.0.1:7081:81'
    json '.ports | length' 1
    grep -q 'the network is down for [56][0-9] s: its worker was killed by signal 9' by
    kill -0 "$BY"
}

@test "NL-10: --restart=no" {
    local worker
    controlled -c --restart=no
    ask status
    worker=$(jq .worker <<<"$output")
    kill -9 "$worker"
    gone "$worker"
    ask status
    json .status,.restarts 'down
0'
    kill -0 "$INSIDE"
}

@test "NL-10: the mint is killed: published ports go on" {
    local mint
    controlled -c -p 127.0.0.1:7080:80
    serve inside tcp 10.0.2.100 80 say:published
    ask status
    mint=$(jq .mint <<<"$output")
    kill -9 "$mint"
    gone "$mint"
    # More than the worker has in stock.
    for _ in $(seq 40); do
        run at_host "$TALK" get tcp 127.0.0.1 7080
        out published
    done
    ask status
    [ "$(jq .mint <<<"$output")" -gt 0 ] && [ "$(jq .mint <<<"$output")" -ne "$mint" ]
}

@test "NL-03: who launches it is told what went wrong, once" {
    command -v python3 >/dev/null && python3 -c 1 || skip 'needs python3'
    cat >launch <<'PYTHON'
import os, socket, subprocess, sys
ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
p = subprocess.Popen([sys.argv[1], "--launcher-fd=%d" % theirs.fileno()] + sys.argv[2:],
                     pass_fds=[theirs.fileno()], stderr=subprocess.DEVNULL)
theirs.close()
if sys.argv[0].endswith("wait"):
    ours.shutdown(socket.SHUT_WR)
print(ours.recv(4096).decode())
print(p.wait())
PYTHON
    run at_host python3 "$PWD/launch" "${RCRUN%/*}/rcrun-net" --mtu 1
    out '--mtu: 1 is not from 68 to 65520
1'
    run at_host python3 "$PWD/launch" "${RCRUN%/*}/rcrun-net" -p 192.0.2.99:7080:80
    out 'port 192.0.2.99:7080: no address of this host: cannot assign requested address
1'
    # Who launched it is gone: there is nobody to tell.
    cp launch wait
    run at_host python3 "$PWD/wait" "${RCRUN%/*}/rcrun-net"
    out '
1'
}

@test "NT-03: without /dev/net/tun it says what to do" {
    run --separate-stderr at_host unshare -m sh -c 'mount -t tmpfs none /dev/net && exec "$@"' sh \
        "${RCRUN%/*}/rcrun-net" -c "$INSIDE"
    rc 1
    says '/dev/net/tun: no such file or directory'
    says 'hint: a network needs it: modprobe tun'
}

@test "--log-fd: a file gets the time as well, and JSON where that is wanted" {
    local with
    for with in text json; do
        : >log
        BEFORE=(sh -c 'exec "$@" 8>>log' sh)
        alone --log-fd 8 --log-format "$with" --resolv-conf /nonexistent
        works
        is "$(wc -l <log) $(wc -c <by)" '1 0'
        kill "$BY"
        wait "$BY"
        container
        case $with in
        text) grep -qE '^20[^ ]*Z warning: /nonexistent: no such file or directory: names cannot' log ;;
        json) [[ $(jq -r .level,.msg log) == $'warning\n/nonexistent: '* ]] ;;
        esac
    done
    BEFORE=()
    alone --log-fd 2 --resolv-conf /nonexistent
    works
    grep -q '^rcrun: warning: /nonexistent' by
}

@test "NL-13: descriptors of who started it are closed" {
    exec 9<"$B/config.json"
    controlled -c
    exec 9<&-
    local pid
    for pid in "$BY" $(children "$BY"); do
        run at_host ls -l "/proc/$pid/fd"
        lacks config.json
    done
}

@test "NL-02: a network is made with few system calls" {
    [ "${SANITIZERS-}" != yes ] || skip 'for the build that users get'
    command -v strace >/dev/null || skip 'needs strace'
    BEFORE=(strace -f -qq -e signal=none -o "$PWD/calls")
    alone -c
    works
    kill "$INSIDE"
    gone "$BY"
    # Of all processes up to the word on the descriptor of --ready-fd; but for the loader, which is as
    # long as the list of the libraries of libslirp.
    local n
    n=$(awk '/resumed>|execve\(/ { next } /poll\(\[\{fd=0/ { n = 0 } { n++ } /write\(7, / { print n; exit }' calls)
    [ "$n" -gt 50 ] && [ "$n" -le 250 ] || fail "$n system calls"
}
