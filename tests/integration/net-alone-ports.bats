#!/usr/bin/env bats
# rcrun-net by itself: ports that it publishes, and resolvers that it asks: NF-01 to NF-11, ND-10 to ND-14.

load lib
load net
load alone

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
