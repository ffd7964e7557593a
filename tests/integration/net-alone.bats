#!/usr/bin/env bats
# rcrun-net by itself, as slirp4netns(1) is started, and the keeper of it: NF-20 to NF-36, NL-01 to
# NL-14, ND-11 to ND-14.

load lib
load net

setup() {
    net_begin
    container
}

teardown() {
    net_finish
}

# ---- the pieces ----------------------------------------------------------------------------------

# A namespace that stands for a container.
container() {
    nsenter -t "$WORLD" -U -m -n --preserve-credentials unshare --user --map-root-user --net \
        sleep 100 </dev/null >/dev/null 2>&1 3>&- &
    SERVING+=($!)
    INSIDE=$!
    until_ok 5 own_net
    # shellcheck disable=SC2016 # for the shell there
    until_ok 5 inside sh -c '[ "$(id -u)$(id -g)" = 00 ]'
}

own_net() {
    local user net
    user=$(readlink "/proc/$INSIDE/ns/user") && net=$(readlink "/proc/$INSIDE/ns/net") &&
        [ "$user" != "$(readlink "/proc/$WORLD/ns/user")" ] && [ "$net" != "$(at_host readlink /proc/self/ns/net)" ]
}

# rcrun-net on the host; it works when this comes back.  What it says is in the file `by`.
alone() { # [OPTION...] -- TARGET [DEVICE], or [OPTION...]
    : >ready
    case " $* " in *' -- '*) ;; *) set -- "$@" -- "$INSIDE" tap0 ;; esac
    nsenter -t "$WORLD" -U -m -n --preserve-credentials --wdns="$PWD" "${BEFORE[@]}" "${RCRUN%/*}/rcrun-net" \
        --ready-fd 7 "$@" </dev/null >by 2>&1 3>&- 7>ready &
    BY=$!
    SERVING+=("$BY")
    until_ok 10 says_ready
}
BEFORE=()

says_ready() {
    grep -q 1 ready || ! kill -0 "$BY"
}

works() {
    [ "$(cat ready)" = 1 ] || fail "rcrun-net: $(cat by)"
}

# One that must not work: sets what `refused` looks at.
alone_fails() { # OPTION...
    run --separate-stderr at_host "${RCRUN%/*}/rcrun-net" "$@" "$INSIDE" tap0 </dev/null
    stderr=${stderr//rcrun-net: /rcrun: }
}

# The same with a socket at which it is asked.
controlled() { # OPTION...
    command -v python3 >/dev/null && python3 -c 1 || skip 'needs python3'
    # shellcheck disable=SC2016 # Python's
    BEFORE=(python3 -c '
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind("ctl")
s.listen()
os.set_inheritable(s.fileno(), True)
os.execv(sys.argv[1], [sys.argv[1], "--control-fd=%d" % s.fileno()] + sys.argv[2:])')
    alone "$@"
    works
}

ask() { # QUESTION: $output
    run --separate-stderr at_host "$TALK" get unix "$PWD/ctl" "$1"$'\n' </dev/null
    [ "$status" -eq 0 ] || show "ask $1"
}

json() { # FILTER WANTED
    is "$(jq -cr "$1" <<<"$output")" "$2" || show "in the answer: $1"
}

gone() { # PID...
    local pid
    for pid; do
        until_ok 5 not kill -0 "$pid"
    done
}

not() {
    ! "$@"
}

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

# ---- published ports -----------------------------------------------------------------------------

@test "NF-06 NF-07: ports are listed, added and removed" {
    controlled -c -p 127.0.0.1:7080:80
    serve inside tcp 10.0.2.100 80 say:eighty
    serve inside tcp 10.0.2.100 81 say:eightyone
    run at_host "$TALK" get tcp 127.0.0.1 7080
    out eighty
    ask list
    json '.ports[] | [.proto, .host, .host_port, .to, .port, .path, .spec, .flows_ever, .bytes_out]' \
        '["tcp","127.0.0.1",7080,"10.0.2.100",80,"splice","127.0.0.1:7080:80",1,7]'
    ask 'add 127.0.0.1:7081:81'
    json '.ports[].host_port' 7081
    run at_host "$TALK" get tcp 127.0.0.1 7081
    out eightyone
    # Said again it is the same one.
    ask 'add 127.0.0.1:7081:81'
    json '.ports | length' 1
    ask 'add 127.0.0.1:7081:82'
    json .error 'port 127.0.0.1:7081 is published already: 127.0.0.1:7081:81: address already in use'
    # The kernel chooses, and the list says what.
    ask 'add 127.0.0.1::81'
    run at_host "$TALK" get tcp 127.0.0.1 "$(jq '.ports[0].host_port' <<<"$output")"
    out eightyone
    ask 'remove 127.0.0.1:7081:81'
    json '.ports[].host_port' 7081
    run at_host "$TALK" get tcp 127.0.0.1 7081
    [ "$status" -ne 0 ]
    ask 'remove 127.0.0.1:7081:81'
    json '.ports | length' 0
    ask list
    json '.ports | length' 2
    ask 'add 127.0.0.1:x:80'
    [[ $(jq -r .error <<<"$output") == *'"x"'* ]] || show 'the faulty part is not named'
    ask rubbish
    json .error 'unknown question "rubbish"'
}

@test "NF-01 NF-02 NF-11: ranges, both families, unix sockets, UDP" {
    controlled -c -6 -p '*:7100-7102:80-82' -p 127.0.0.1:7200-7205:80 -p "unix:$PWD/web:80" -p '*:7300:53/udp' -p 7400:80
    serve inside tcp 10.0.2.100 80 say:eighty
    serve inside tcp 10.0.2.100 82 say:eightytwo
    serve inside tcp fd00::100 80 say:six
    serve inside udp 10.0.2.100 53 echo
    run at_host "$TALK" get tcp "$HOST_V4" 7102
    out eightytwo
    run at_host "$TALK" get tcp "$HOST_V6" 7100
    out six
    run at_host "$TALK" get tcp 127.0.0.1 7200
    out eighty
    run at_host "$TALK" get unix "$PWD/web"
    out eighty
    run at_lan "$TALK" get udp "$HOST_V4" 7300 datagram
    out datagram
    # Nobody else was meant: both loopbacks, and whoever says localhost gets the server of IPv4.
    for address in 127.0.0.1 ::1; do
        run at_host "$TALK" get tcp "$address" 7400
        out eighty
    done
    run at_lan "$TALK" get tcp "$HOST_V4" 7400
    [ "$status" -ne 0 ]
    ask list
    json '[.ports[] | .path] | group_by(.) | map([.[0], length])' '[["slirp",2],["splice",9],["unix",1]]'
    # The first that is free: 7200 is ours.
    ask 'add 127.0.0.1:7200-7205:82'
    json '.ports[].host_port' 7201
}

@test "NF-08: what the container listens at is published, and no longer than that" {
    local first second
    serve at_host tcp 127.0.0.1 7604 say:host
    controlled -c -p auto -p 7603:7602
    serve inside tcp 10.0.2.100 7600 say:first
    first=${SERVING[-1]}
    serve inside tcp 0.0.0.0 7601 say:second
    second=${SERVING[-1]}
    serve inside tcp 127.0.0.1 7605 say:own
    serve inside tcp 10.0.2.100 999 say:low
    serve inside tcp 10.0.2.100 7602 say:asked
    serve inside tcp 10.0.2.100 7604 say:taken
    until_ok 5 at_host "$TALK" get tcp 127.0.0.1 7600
    until_ok 5 at_host "$TALK" get tcp ::1 7601
    run at_host "$TALK" get tcp 127.0.0.1 7600
    out first
    run at_host "$TALK" get tcp 127.0.0.1 7604
    out host
    sleep 2
    ask list
    json '[.ports[] | [.host, .host_port, .port]] | sort' \
        '[["127.0.0.1",7600,7600],["127.0.0.1",7601,7601],["127.0.0.1",7603,7602],["::1",7600,7600],["::1",7601,7601],["::1",7603,7602]]'
    is "$(grep -c 'publish=auto: port 127.0.0.1:7604 is in use' by)" 1
    kill "$first"
    sleep 2
    ask list
    json '[.ports[].host_port] | unique' '[7601,7603]'
    ask 'add 7601:7601'
    kill "$second"
    sleep 2
    ask list
    json '[.ports[].host_port] | unique' '[7601,7603]'
    run at_host "$TALK" get tcp 127.0.0.1 7603
    out asked
}

@test "NF-04 NF-05: a port that cannot be had says why, and nothing is left" {
    serve at_host tcp 127.0.0.1 7080 keep
    alone_fails -c -p 127.0.0.1:7070:70 -p 127.0.0.1:7080:80
    refused 'port 127.0.0.1:7080 is in use by process ' '(talk): address already in use'
    [ "$(inside ip -o link | wc -l)" -eq 1 ] || fail 'there is a device'
    # All of a range or nothing.
    controlled -c
    ask 'add 127.0.0.1:7078-7081:78-81'
    [[ $(jq -r .error <<<"$output") == 'port 127.0.0.1:7080 is in use'* ]] || show 'another error'
    ask list
    json '.ports | length' 0
    is "$(at_host cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" 1024
    run --separate-stderr at_host setpriv --bounding-set=-all --inh-caps=-all "${RCRUN%/*}/rcrun-net" -p 80:80 "$INSIDE"
    says 'rcrun-net: port 127.0.0.1:80: ports below 1024 are root'
    says 'sysctl net.ipv4.ip_unprivileged_port_start=80'
}

@test "NF-36: the API socket of slirp4netns, as podman and rootlesskit speak to it" {
    api() { # REQUEST
        run --separate-stderr at_host "$TALK" get unix "$PWD/api" "$1" </dev/null
    }
    alone -c -a "$PWD/api"
    works
    serve inside tcp 10.0.2.100 80 say:eighty
    api '{"execute":"add_hostfwd","arguments":{"proto":"tcp","host_addr":"","host_port":7080,"guest_addr":"10.0.2.100","guest_port":80}}'
    out '{"return":{"id":1}}'
    run at_host "$TALK" get tcp 127.0.0.1 7080
    out eighty
    api '{"execute": "add_hostfwd", "arguments": {"proto": "udp", "host_addr": "127.0.0.1", "host_port": 7081, "guest_port": 81}}'
    out '{"return":{"id":2}}'
    api '{"execute": "list_hostfwd"}'
    out '{"return":{"entries":[{"id":1,"proto":"tcp","host_addr":"0.0.0.0","host_port":7080,"guest_addr":"10.0.2.100","guest_port":80},{"id":2,"proto":"udp","host_addr":"127.0.0.1","host_port":7081,"guest_addr":"10.0.2.100","guest_port":81}]}}'
    api '{"execute":"add_hostfwd","arguments":{"proto":"tcp","host_port":7080,"guest_port":81}}'
    json '.error.desc' 'port 0.0.0.0:7080 is published already: 0.0.0.0:7080:80,to=10.0.2.100: address already in use'
    api '{"execute":"remove_hostfwd","arguments":{"id":1}}'
    out '{"return":{}}'
    run at_host "$TALK" get tcp 127.0.0.1 7080
    [ "$status" -ne 0 ]
    api '{"execute":"remove_hostfwd","arguments":{"id":1}}'
    json '.error.desc' 'bad request: arguments.id is not known'
    api '{"execute":"add_hostfwd","arguments":{"proto":"sctp","host_port":1,"guest_port":1}}'
    json '.error.desc' 'bad request: arguments.proto is neither tcp nor udp'
    api '{'
    [[ $(jq -r .error.desc <<<"$output") == 'bad request: '* ]] || show 'another answer'
}

# ---- resolvers -----------------------------------------------------------------------------------

resolvers() { # WANTED
    at_host "$TALK" get unix "$PWD/ctl" $'status\n' | jq -e --argjson wanted "$1" '.resolvers == $wanted'
}

@test "ND-12: resolvers are followed through rename, replacing and a link that changes" {
    echo 'nameserver 192.0.2.1' >one
    echo 'nameserver 192.0.2.2' >two
    mkdir -p run/a run/b
    echo 'nameserver 192.0.2.3' >run/a/real
    ln -s one resolv.conf
    controlled -c --resolv-conf "$PWD/resolv.conf"
    resolvers '["192.0.2.1"]'
    ln -s two new && mv -T new resolv.conf
    until_ok 5 resolvers '["192.0.2.2"]'
    echo 'nameserver 2001:db8::1' >>two
    until_ok 5 resolvers '["192.0.2.2","2001:db8::1"]'
    echo 'nameserver 192.0.2.4' >new && mv new two
    until_ok 5 resolvers '["192.0.2.4"]'
    # Five links, the last of a directory that comes later.
    ln -s "$PWD/run/b/real" l4 && ln -s l4 l3 && ln -s ../../l3 run/a/l2 && ln -s run/a/l2 new && mv -T new resolv.conf
    until_ok 5 resolvers '[]'
    rmdir run/b && mv run/a run/b
    until_ok 5 resolvers '[]'
    mkdir run/a
    ln -s ../../l3 run/a/l2
    until_ok 5 resolvers '["192.0.2.3"]'
}

@test "ND-13: a resolv.conf that is none is one warning and no obstacle" {
    local kind
    for kind in missing dangling fifo large nobody directory; do
        rm -rf r.conf
        case $kind in
        missing) ;;
        dangling) ln -s /nonexistent/r r.conf ;;
        fifo) mkfifo r.conf ;;
        large) head -c 70000 /dev/zero | tr '\0' '\n' >r.conf ;;
        nobody) echo 'search example.com' >r.conf ;;
        directory) mkdir r.conf ;;
        esac
        alone -c --resolv-conf "$PWD/r.conf"
        works
        is "$(grep -c 'warning' by)" 1
        case $kind in
        dangling) grep -q '/nonexistent/r: no such file or directory: names cannot be resolved' by ;;
        *) grep -q "$PWD/r.conf.*: names cannot be resolved" by ;;
        esac || fail "$kind: $(cat by)"
        kill "$BY"
        wait "$BY"
        container
    done
    alone -c --resolv-conf "$PWD/none" --dns-fallback 192.0.2.7
    works
    grep -q 'names are asked of 192.0.2.7' by
}

@test "ND-13: the stub of systemd-resolved is asked where it answers" {
    serve at_host udp 127.0.0.53 53 echo
    controlled -c --resolv-conf "$PWD/none"
    resolvers '["127.0.0.53"]'
}

# A name server that speaks TCP in full is more than is needed: bytes are led, whatever they are.
@test "ND-10: TCP to a resolver of the other family" {
    command -v ss >/dev/null || skip 'needs ss'
    local port
    serve at_lan tcp "$LAN_V6" 53 peer
    serve at_lan tcp "$LAN_V4" 53 peer
    alone -c --ipv6=off "--dns=$LAN_V6"
    works
    for _ in 1 2 3; do
        run inside "$TALK" get tcp 10.0.2.3 53 x
        has "$HOST_V6 "
    done
    # What listens for that on the loopback takes nobody else.
    port=$(at_host ss -tlnH src 127.0.0.1 | awk '{ sub(".*:", "", $4); print $4 }')
    is "$(wc -w <<<"$port")" 1
    run at_host "$TALK" get tcp 127.0.0.1 "$port" x
    [ "$status" -ne 0 ]
    lacks "$HOST_V6"
    run inside "$TALK" get tcp 10.0.2.3 "$port" x
    [ "$status" -ne 0 ]
    kill "$BY"
    gone "$BY"
    container
    alone -c --ipv4=off --ipv6=fd00:7::/64 "--dns=$LAN_V4"
    works
    run inside "$TALK" get tcp fd00:7::3 53 x
    has "$HOST_V4 "
    kill "$BY"
    gone "$BY"
    # Where there is one of the family, there is no listener.
    container
    alone -c "--dns=$LAN_V6" "--dns=$LAN_V4"
    works
    run inside "$TALK" get tcp 10.0.2.3 53 x
    has "$HOST_V4 "
    is "$(at_host ss -tlnH)" ''
}

@test "--dns is asked whatever the host says, --disable-dns nobody" {
    controlled -c --dns 192.0.2.9 --dns 2001:db8::9
    resolvers '["192.0.2.9","2001:db8::9"]'
    kill "$BY"
    wait "$BY"
    rm ctl
    container
    controlled -c --disable-dns
    ask status
    json '.dns, .resolvers' '[]
[]'
}
