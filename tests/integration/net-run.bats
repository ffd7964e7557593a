#!/usr/bin/env bats
# Networks that `rcrun run` makes: what the container gets, what the host gets to see of it, and how
# it ends.

load lib
load net

setup() {
    net_begin 'rcrun-net of this build has no jail'
    bundle_talk
}

teardown() {
    net_finish "$ID"
}

annotate() { # VALUE [KEY]
    cfg --arg value "$1" --arg key "org.rcrun.network${2:+.$2}" '.annotations[$key] = $value'
}

serve_inside() { # PORT: as the program of the container, in the background
    OPTIONS+=(--detach)
    args talk serve tcp "${2:-0.0.0.0}" "$1" say:inside
    lives run "${OPTIONS[@]}" "$ID"
    ok
}

@test "NW-06: spec writes a config with a network, and run makes it" {
    serve at_lan tcp "$LAN_V4" 7005 say:hello
    cd "$B"
    mv config.json old.json
    rcrun spec --rootless --rw -- talk get tcp "$LAN_V4" 7005 x
    ok
    jq -e '.annotations["org.rcrun.network"] == "slirp"' config.json
    cfg '.process.terminal = false'
    rcrun run "$ID"
    ok
    out hello
}

@test "NW-02 NF-23: the option makes a network, with IPv6 and addresses that stay" {
    serve at_lan tcp "$LAN_V6" 7006 say:six
    OPTIONS=(--net=slirp,ipv6=on)
    go ip addr show tap0
    ok
    has ' mtu 1500 '
    has 'inet 10.0.2.100/24'
    has 'inet6 fd'
    first=$(grep -E 'inet6 fd|link/ether' <<<"$output")
    go ip addr show tap0
    is "$(grep -E 'inet6 fd|link/ether' <<<"$output")" "$first"
    go talk get tcp "$LAN_V6" 7006 x
    ok
    out six
}

@test "NW-01: none has nothing but its loopback, host has all" {
    OPTIONS=(--net=none)
    go ip link
    ok
    lacks tap0
    lacks eth0
    OPTIONS=(--net=host)
    go ip addr show eth0
    ok
    has "$HOST_V4"
}

@test "ND-01 ND-05 ND-06: the files of the network are mounts, and neither root nor host keeps them" {
    printf 'of the image\n' | tee rootfs/etc/resolv.conf rootfs/etc/hosts >rootfs/etc/hostname
    before=$(cd rootfs && find . -type f -exec sha256sum {} + | sort)
    cfg '.hostname = "box"'
    OPTIONS=(--net=slirp --dns-search example.test --dns-option ndots:2 --add-host db:192.0.2.77)
    go cat /etc/resolv.conf /etc/hosts /etc/hostname
    ok
    line 'nameserver 10.0.2.3'
    line 'search example.test'
    line 'options ndots:2'
    line $'10.0.2.100\tbox '"$ID"
    line $'192.0.2.77\tdb'
    line box
    lacks 'of the image'
    gosh 'stat -c "%n %a %u" /etc/resolv.conf /etc/hosts; grep -c " / " /proc/self/mountinfo; echo x >/etc/hosts; cat /etc/hosts'
    ok
    line '/etc/resolv.conf 644 0'
    line x
    is "$(cd rootfs && find . -type f -exec sha256sum {} + | sort)" "$before"
    cfg '.root.readonly = true'
    gosh '! echo x >/etc/hosts'
    rc 0
}

@test "ND-04: each file can be left out" {
    printf 'of the image\n' | tee rootfs/etc/resolv.conf rootfs/etc/hosts >rootfs/etc/hostname
    cfg '.hostname = "box"'
    OPTIONS=(--net=slirp --dns none --no-hosts --no-hostname)
    go cat /etc/resolv.conf /etc/hosts /etc/hostname
    ok
    out $'of the image\nof the image\nof the image'
    OPTIONS=(--net=none)
    go cat /etc/resolv.conf
    out 'of the image'
}

@test "ND-06: the lines of the image's hosts are kept where it is asked for" {
    printf '192.0.2.77 of-the-image' >rootfs/etc/hosts
    OPTIONS=(--net=slirp --hosts=image --add-host=mine:192.0.2.78)
    go cat /etc/hosts
    ok
    line '192.0.2.77 of-the-image'
    line $'192.0.2.78\tmine'
    line "127.0.0.1"$'\t'localhost
    is "$(cat rootfs/etc/hosts)" '192.0.2.77 of-the-image'
    OPTIONS=(--net=slirp)
    go cat /etc/hosts
    lacks of-the-image
    OPTIONS=(--net=slirp --hosts=image)
    rm rootfs/etc/hosts
    go cat /etc/hosts
    ok
    line "127.0.0.1"$'\t'localhost
    ln -sf /proc/self/status rootfs/etc/hosts
    go cat /etc/hosts
    rc 0
    says 'goes without the lines of its /etc/hosts'
    lacks VmRSS
}

@test "ND-02: what is missing is made; without /etc, or where it cannot be made, a warning" {
    OPTIONS=(--net=slirp --no-hosts)
    rm -f rootfs/etc/resolv.conf
    go cat /etc/resolv.conf
    ok
    line 'nameserver 10.0.2.3'
    mkdir -p "$TMPDIR/keep"
    mv rootfs/etc "$TMPDIR/keep"
    go true
    rc 0
    says 'no resolv.conf, hosts and hostname for the container'
    [ ! -e rootfs/etc ]
    mv "$TMPDIR/keep/etc" rootfs
    rmdir "$TMPDIR/keep"
}

@test "ND-03: a link is covered; nothing is made or hidden where it leads" {
    OPTIONS=(--net=slirp --no-hosts)
    for to in ../run/systemd/resolve/stub-resolv.conf /proc/self/status ../nowhere/x /etc/passwd; do
        ln -sfn "$to" rootfs/etc/resolv.conf
        gosh 'cat /etc/resolv.conf; head -n 1 /etc/passwd; ls /run /'
        ok
        line 'nameserver 10.0.2.3'
        line root:x:0:0:root:/root:/bin/sh
        lacks nowhere
        is "$(readlink rootfs/etc/resolv.conf)" "$to"
    done
    [ ! -e rootfs/run/systemd ] && [ ! -e rootfs/nowhere ]
}

@test "ND: a mount of the config wins" {
    echo mine >"$B/mine"
    mnt /etc/resolv.conf bind "$B/mine" bind
    OPTIONS=(--net=slirp)
    go cat /etc/resolv.conf
    ok
    out mine
}

@test "EC-18: a published port is on the loopback of the host, and elsewhere when asked for" {
    OPTIONS=(-p 8080:80 -p "$HOST_V4:8081:80" -p 8082:80)
    serve_inside 80
    for address in 127.0.0.1 ::1; do
        talk at_host get tcp "$address" 8080 x
        out inside
    done
    talk at_host get tcp "$HOST_V4" 8080 x
    [ "$status" -ne 0 ]
    talk at_lan get tcp "$HOST_V4" 8081 x
    out inside
}

@test "NF-04: a port that is in use stops the start, and nothing is left" {
    serve at_host tcp 127.0.0.1 8080 say:mine
    OPTIONS=(-p 8080:80)
    gosh 'echo ran >/ran'
    refused 'port 127.0.0.1:8080 is in use'
    [ ! -e rootfs/ran ]
    rcrun list --quiet
    out ''
}

@test "ports are free when run returns, and when delete returns" {
    OPTIONS=(-p 8080:80)
    for _ in 1 2 3; do
        go true
        ok
    done
    for _ in 1 2 3; do
        OPTIONS=(-p 8080:80)
        serve_inside 80
        rcrun delete --force "$ID"
        ok
    done
}

@test "NF-08: -p auto publishes what the program listens at" {
    OPTIONS=(-p auto)
    serve_inside 8080
    until_ok 5 at_host "$TALK" get tcp 127.0.0.1 8080
    rcrun port "$ID"
    has 'tcp 127.0.0.1:8080 -> 8080  splice'
}

@test "NF-06 NF-07: rcrun port lists, adds and removes" {
    OPTIONS=(-p 8080:80)
    serve_inside 80
    rcrun port "$ID"
    ok
    has 'tcp 127.0.0.1:8080 -> 80  splice, 0 of 0 connections'
    rcrun port "$ID" add 8081:80
    ok
    has 'tcp 127.0.0.1:8081 -> 80'
    rcrun port "$ID" add 8081:80
    ok
    talk at_host get tcp 127.0.0.1 8081 x
    out inside
    rcrun port --format json "$ID" list
    ok
    jq -e 'map(select(.host == "127.0.0.1")) | map(.host_port) | sort == [8080, 8081]' <<<"$output"
    jq -e '.[] | select(.host == "127.0.0.1" and .host_port == 8081) | .flows_ever == 1 and .bytes_out > 5' \
        <<<"$output"
    rcrun port "$ID" remove 8080:80 8081:80
    ok
    rcrun port "$ID" remove 8080:80
    ok
    rcrun port "$ID"
    ok
    out ''
    talk at_host get tcp 127.0.0.1 8081 x
    [ "$status" -ne 0 ]
    rcrun port "$ID" add 80/sctp
    refused '"sctp" is not tcp or udp'
    rcrun port "$ID" sell 80
    refused 'wants list, add or remove'
}

@test "port says when there is no network, or no container" {
    OPTIONS=(--detach)
    args sleep 100
    lives run "${OPTIONS[@]}" "$ID"
    ok
    rcrun port "$ID"
    refused 'has no network that rcrun made'
    rcrun delete --force "$ID"
    rcrun port "$ID"
    refused 'container does not exist'
}

@test "PF-09 NF-32: internal is reached, and reaches nobody" {
    serve at_lan tcp "$LAN_V4" 7005 say:hello
    OPTIONS=(--net=internal -p 8080:80)
    serve_inside 80
    talk at_host get tcp 127.0.0.1 8080 x
    out inside
    rcrun exec "$ID" timeout 3 talk get tcp "$LAN_V4" 7005 x
    [ "$status" -ne 0 ]
    lacks hello
    rcrun exec "$ID" cat /etc/hosts
    has 10.0.2.100
    # Without UDP there is neither a device nor libslirp, which only UDP needs.
    rcrun exec "$ID" ip -o link
    is "$(wc -l <<<"$output")" 1
    rcrun exec "$ID" talk get tcp "$LAN_V4" 7005 x
    says 'Network is unreachable'
    rcrun state "$ID"
    jq -e '.annotations["org.rcrun.network.detail"] | fromjson | .mode == "internal" and .interface == null and
        .addresses == ["10.0.2.100/24"]' <<<"$output"
    rcrun port "$ID" add 8053:53/udp
    refused 'port 8053: an internal network that began without published UDP ports has none later'
    says 'hint: publish one when it starts, or use TCP'
    rcrun port "$ID" add 8081:80
    ok
    talk at_host get tcp 127.0.0.1 8081 x
    out inside
    rcrun port "$ID"
    lacks udp
}

@test "PF-09 PF-10: an internal network needs no /dev/net/tun, and its server sees who it is, both families" {
    at_host mount --bind /dev/null /dev/net/tun
    OPTIONS=(--detach --net=internal,ipv6=on -p '*:8080:80' -p "unix:$B/web:80")
    args sh -c 'talk serve tcp :: 80 peer & exec talk serve tcp 0.0.0.0 80 peer'
    lives run "${OPTIONS[@]}" "$ID"
    ok
    until_ok 5 at_lan "$TALK" get tcp "$HOST_V4" 8080 x
    until_ok 5 at_lan "$TALK" get tcp "$HOST_V6" 8080 x
    talk at_lan get tcp "$HOST_V4" 8080 x
    has "$LAN_V4 "
    talk at_lan get tcp "$HOST_V6" 8080 x
    has "$LAN_V6 "
    talk at_host get tcp 127.0.0.1 8080 x
    has '10.0.2.2 '
    talk here get unix "$B/web" x
    has '10.0.2.2 '
    # Nobody listens there: a reset, not silence.
    rcrun port "$ID" add 8081:81
    ok
    talk at_host get tcp 127.0.0.1 8081 x
    says 'Connection reset by peer'
    # A successor of the worker has no device either.
    rcrun state "$ID"
    at_host kill -KILL "$(jq -r '.annotations["org.rcrun.network.detail"] | fromjson | .worker' <<<"$output")"
    until_ok 5 at_lan "$TALK" get tcp "$HOST_V4" 8080 x
    rcrun delete --force "$ID"
    ok
    OPTIONS=(--net=internal -p 8082:80/udp)
    go true
    rc 1
    says 'tap device tap0'
}

@test "NF-10 NF-32: UDP on the loopback and the network of the host, of a network and an internal one" {
    local mode
    for mode in slirp internal; do
        OPTIONS=(--detach --net="$mode,ipv6=on" -p 127.0.0.1:8053:53/udp -p "$HOST_V4:8053:54/udp" -p '[::1]:8054:53/udp')
        args sh -c 'talk serve udp 0.0.0.0 54 peer & talk serve udp :: 53 peer & exec talk serve udp 0.0.0.0 53 peer'
        lives run "${OPTIONS[@]}" "$ID"
        ok
        until_ok 1 at_host timeout 0.2 "$TALK" get udp 127.0.0.1 8053 x
        until_ok 1 at_host timeout 0.2 "$TALK" get udp ::1 8054 x
        until_ok 1 at_lan timeout 0.2 "$TALK" get udp "$HOST_V4" 8053 x
        talk at_host get udp 127.0.0.1 8053 x
        has '10.0.2.2 '
        talk at_lan get udp "$HOST_V4" 8053 x
        has "$LAN_V4 "
        talk at_host get udp ::1 8054 x
        has '::2 '
        rcrun delete --force "$ID"
    done
}

@test "NF-10: one UDP port of the container is published once" {
    OPTIONS=(-p 127.0.0.1:8053:53/udp -p "$HOST_V4:8053:53/udp")
    go true
    rc 1
    says 'UDP port 53 of the container is published already, at 127.0.0.1:8053'
    says 'hint: publish it once, for all addresses: *:8053:53/udp'
    OPTIONS=(-p 8053:53/udp -p 8053:53)
    go true
    ok
}

@test "NF-12 NF-26: the gateway is the host's loopback only when asked for, and only those ports" {
    serve at_host tcp 127.0.0.1 7001 say:secret
    serve at_host tcp 127.0.0.1 7002 say:open
    OPTIONS=(--net=slirp)
    go timeout 3 talk get tcp 10.0.2.2 7002 x
    [ "$status" -ne 0 ]
    OPTIONS=(--net=slirp,host-loopback=7002)
    go talk get tcp 10.0.2.2 7002 x
    out open
    go timeout 3 talk get tcp 10.0.2.2 7001 x
    lacks secret
    go cat /etc/hosts
    line $'10.0.2.2\thost.rcrun.internal host.containers.internal'
}

@test "NL-10 NL-19: state and list tell of the network, and that it is down when its helper is killed" {
    OPTIONS=(-p 8080:80)
    serve_inside 80
    rcrun state "$ID"
    ok
    jq -e '.annotations["org.rcrun.network.status"] == "up"' <<<"$output"
    jq -e '.annotations["org.rcrun.network.ports"] | fromjson | .[0].host_port == 8080' <<<"$output"
    pid=$(jq -r '.annotations["org.rcrun.network.detail"] | fromjson | .pid' <<<"$output")
    at_host kill -KILL "$pid"
    until_ok 5 down
    rcrun state "$ID"
    jq -e '.status == "running" and .annotations["org.rcrun.network.reason"] == "rcrun-net is gone"' \
        <<<"$output"
    rcrun list --format json
    jq -e '.[0].annotations["org.rcrun.network.status"] == "down"' <<<"$output"
    rcrun port "$ID"
    refused 'is down: rcrun-net is gone'
    rcrun delete --force "$ID"
    ok
}

down() {
    rcrun state "$ID"
    jq -e '.annotations["org.rcrun.network.status"] == "down"' <<<"$output"
}

@test "NL-13: a detached run ends for who reads its output, and the helper lives" {
    OPTIONS=(--net=slirp --detach)
    args sh -c 'exec >/dev/null 2>&1 </dev/null; sleep 100'
    rcrun run "${OPTIONS[@]}" "$ID"
    ok
    rcrun state "$ID"
    jq -e '.annotations["org.rcrun.network.status"] == "up"' <<<"$output"
}

@test "NL-11: no helper is left, however the container ends" {
    OPTIONS=(--net=slirp)
    go true
    ok
    until_ok 2 no_helpers
    start sh -c 'echo runs >/runs; sleep 100'
    until_ok 5 test -s rootfs/runs
    is "$(helpers)" 2
    kill -KILL "$PARENT"
    wait "$PARENT" || :
    until_ok 5 no_helpers
}

@test "NW-03: create takes no notice of the annotation, and refuses the option" {
    annotate slirp
    args ip link
    lives create "$ID"
    ok
    no_helpers
    rcrun delete --force "$ID"
    rcrun create --net=slirp "$ID"
    refused '--net=slirp: not for create'
    rcrun create -p 80 "$ID"
    refused 'not for create'
}

@test "NW-04: who else makes the network makes it alone" {
    annotate slirp
    cfg '.hooks.createRuntime = [{path: "/bin/true"}]'
    go ip link
    rc 0
    says 'no network is made: hooks.createRuntime may set up the network'
    lacks tap0
    OPTIONS=(--net=slirp)
    go ip link
    refused 'hooks.createRuntime may set up the network'
}

@test "NL-01: hooks in the container can use the network already" {
    serve at_lan tcp "$LAN_V4" 7005 say:hello
    OPTIONS=(--net=slirp)
    cfg --arg address "$LAN_V4" --arg talk "$B/rootfs/bin/talk" '.hooks.createContainer =
        [{path: $talk, args: ["talk", "get", "tcp", $address, "7005", "x"]}]'
    go true
    ok
}

@test "NW-01: container:ID shares the network of another container" {
    OPTIONS=(-p 8080:80)
    serve_inside 80
    rcrun run --net="container:$ID" --config config.json "$ID.b"
    rc 124 || :
    args talk get tcp 127.0.0.1 80 x
    rcrun run --net="container:$ID" "$ID.b"
    ok
    out inside
}

@test "NW-08: without the helper nothing is started" {
    mkdir "$TMPDIR/alone"
    cp "$RCRUN" "$TMPDIR/alone/rcrun"
    OPTIONS=(--net=slirp)
    if ! command -v rcrun-net >/dev/null; then
        RCRUN=$TMPDIR/alone/rcrun go true
        refused 'rcrun-net is not installed'
    fi
    rm -r "$TMPDIR/alone"
}

@test "NW-08: no /dev/net/tun" {
    HOST='mount -t tmpfs none /dev/net'
    HOST_AS=(unshare --user --map-root-user --map-auto --mount)
    OPTIONS=(--net=slirp)
    go true
    refused '/dev/net/tun: no such file or directory'
    OPTIONS=(--net=slirp,optional)
    go ip link
    rc 0
    says 'warning: no network: '
    lacks tap0
}

@test "SLP-01 LS-02: check says which libslirp there is, and what is guarded in front of it" {
    local library fault
    run "${RCRUN%/*}/rcrun-net" --version
    ok
    library=$(sed -n 's/^libslirp: //p' <<<"$output")
    fault=$(sed -n 's/^\(CVE-[0-9-]*\): .*/\1/p' <<<"$output")
    [ -n "$library" ]
    rcrun check
    has "libslirp $library"
    case $library in
    4.[78].* | 4.9.[01]) is "$fault" CVE-2026-9539 ;;
    *) is "$fault" '' ;;
    esac
    [ -z "$fault" ] || has "(guarded: $fault)"
}

@test "NF-34: pcap has what went over the device" {
    serve at_lan tcp "$LAN_V4" 7005 say:hello
    OPTIONS=("--net=slirp,pcap=$TMPDIR/x.pcap")
    go talk get tcp "$LAN_V4" 7005 x
    ok
    out hello
    grep -q hello "$TMPDIR/x.pcap"
    is "$(stat -c %a "$TMPDIR/x.pcap")" 600
    rm "$TMPDIR/x.pcap"
}

@test "NL-16: exec is in the network, and has its files" {
    serve at_lan tcp "$LAN_V4" 7005 say:hello
    OPTIONS=(--net=slirp --detach)
    args sleep 100
    lives run "${OPTIONS[@]}" "$ID"
    ok
    rcrun exec "$ID" talk get tcp "$LAN_V4" 7005 x
    ok
    out hello
    rcrun exec "$ID" cat /etc/resolv.conf
    line 'nameserver 10.0.2.3'
}

@test "NW-07: what says nothing without a network is refused, not left out" {
    for mode in none host "path:/proc/self/ns/net"; do
        for option in --publish=80 --dns=192.0.2.1 --add-host=a:192.0.2.1 --no-hosts; do
            rcrun run --net="$mode" "$option" "$ID"
            refused 'means nothing with --net='
        done
    done
}

# A copy of rcrun, with a helper beside it that does this.
with_helper() { # SHELL-COMMANDS
    mkdir -p "$B/alone"
    [ -e "$B/alone/rcrun" ] || cp "$RCRUN" "$B/alone/rcrun"
    printf '#!/bin/sh\n%s\n' "$1" >"$B/alone/rcrun-net"
    chmod 755 "$B/alone/rcrun-net"
    RCRUN=$B/alone/rcrun
}

@test "NL-03: what the helper says is told, with its hint, and so is its silence" {
    OPTIONS=(--net=slirp)
    with_helper 'printf "no luck\nbuy a ticket" >&3'
    gosh 'echo >/ran'
    refused 'await_net' 'for --net' 'no luck'
    says 'hint: buy a ticket'
    with_helper 'exit 0'
    gosh 'echo >/ran'
    refused 'rcrun-net ended without a word'
    [ ! -e rootfs/ran ]
    rcrun list --quiet
    out ''
}

@test "NL-10 NL-14: a helper that dies is told, and one that stays is ended" {
    OPTIONS=(--net=slirp)
    with_helper 'printf 1 >&3; sleep .3; kill -KILL $$'
    gosh 'sleep 1; echo went on'
    rc 0
    out 'went on'
    says 'the network is down: rcrun-net was killed by signal 9'
    with_helper 'printf 1 >&3; exec sleep 98.25'
    go true
    rc 0
    says 'rcrun-net did not end within 1200 ms'
    at_host sh -c 'cat /proc/[0-9]*/cmdline | tr "\0" " " | grep "sleep 98.25"' && fail 'it is still there' || :
}

@test "NT-07: the helper has its own session, no environment and no descriptor but its own" {
    OPTIONS=(--net=slirp --preserve-fds 1)
    # shellcheck disable=SC2016 # the helper's
    with_helper '{ env; ls -l /proc/$$/fd | sed "s/.* \([0-9]* -> \)/\1/"; cut -d" " -f1,6 /proc/$$/stat; } >&6; printf 1 >&3; read -r x <&3'
    run --separate-stderr timeout 20 nsenter -t "$WORLD" -U -m -n --preserve-credentials --wdns="$B" env SECRET=1 \
        "$RCRUN" run "${OPTIONS[@]}" "$ID" 3</etc/passwd </dev/null
    rc 0
    [[ $stderr != *SECRET* && $stderr != */etc/passwd* ]] || show 'it has what it should not have'
    grep -q '^3 -> socket:' <<<"$stderr" || show 'no launcher'
    grep -q '^4 -> socket:' <<<"$stderr"
    grep -q '^0 -> /dev/null' <<<"$stderr"
    grep -qE '^([0-9]+) \1$' <<<"$stderr"
}

@test "ND-13: where the host has no resolver there is one warning, and the container starts" {
    OPTIONS=(--net=slirp)
    for odd in 'mount --bind /dev/null /etc/resolv.conf' 'mount -t tmpfs x /etc; mkdir /etc/resolv.conf' \
        'mount -t tmpfs x /etc; mkfifo /etc/resolv.conf' 'mount -t tmpfs x /etc; ln -s nowhere /etc/resolv.conf'; do
        HOST="unshare -m true; $odd"
        HOST_AS=(nsenter -t "$WORLD" -U -m -n --preserve-credentials --wdns="$B" unshare -m)
        go echo ran
        rc 0
        out ran
        says /etc/
        is "$(grep -c warning <<<"$stderr")" 1
    done
}
