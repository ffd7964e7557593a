#!/usr/bin/env bats
# Programs that people use, in a container with a network, and against it: package tools, web clients
# and servers, resolvers, ping, iperf3.  The container has the programs of this machine.

load lib
load net

setup() {
    net_begin 'for the build that users get'
    own_etc "$LAN_V4"
    serve at_lan udp "$LAN_V4" 53 "dns:web.test=$LAN_V4"
    serve at_lan tcp "$LAN_V4" 53 "dns:web.test=$LAN_V4"
    at_host ip -6 route add default via "$LAN_V6"
    programs_root
    LIMIT=60
}

teardown() {
    net_finish "$ID"
}

need() { # PROGRAM...
    local program
    for program; do
        command -v "$program" >/dev/null || skip "needs $program"
    done
}

# ---- the pieces ----------------------------------------------------------------------------------

# A root directory with /usr of this machine and nothing else of it.
programs_root() {
    local name
    [ -L /bin ] && [ -L /lib ] || skip 'needs a machine whose programs are all in /usr'
    rm -rf rootfs/bin rootfs/usr
    mkdir -p rootfs/usr rootfs/opt rootfs/srv rootfs/var/log
    for name in /bin /sbin /lib*; do
        [ ! -L "$name" ] || cp -P "$name" rootfs/
    done
    cp /etc/ld.so.cache rootfs/etc/
    echo 'hosts: files dns' >rootfs/etc/nsswitch.conf
    cp "$TALK" rootfs/opt/talk
    mnt /usr bind /usr rbind ro
    mnt /tmp tmpfs tmpfs mode=1777
    caps CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_FSETID CAP_KILL CAP_NET_BIND_SERVICE CAP_NET_RAW \
        CAP_SETGID CAP_SETUID
    cfg 'del(.process.capabilities.inheritable)
        | .process.env[0] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin" | .process.env += ["LC_ALL=C.UTF-8"]'
    OPTIONS=(--net=slirp)
}

# A configuration for what is served from one directory, all of whose files are in another.
nginx_config() { # SERVED OWN LISTEN...
    printf 'daemon off;\nuser root root;\nworker_processes 1;\npid %s/pid;\nevents { }\nhttp {\n' "$2"
    printf 'client_body_temp_path %s;\nproxy_temp_path %s;\nfastcgi_temp_path %s;\n' "$2" "$2" "$2"
    printf 'uwsgi_temp_path %s;\nscgi_temp_path %s;\naccess_log %s/access.log;\n' "$2" "$2" "$2"
    printf 'server {\nroot %s;\n' "$1"
    printf 'listen %s;\n' "${@:3}"
    printf '}\n}\n'
}

# One on the other machine, for what is in $WEB.
web() {
    local WAY
    need nginx
    WEB=$BATS_TEST_TMPDIR/web
    mkdir -p "$WEB" "$BATS_TEST_TMPDIR/nginx"
    echo hello >"$WEB/hello"
    nginx_config "$WEB" "$BATS_TEST_TMPDIR/nginx" "$LAN_V4:80" "[$LAN_V6]:80" >"$BATS_TEST_TMPDIR/nginx.conf"
    way at_lan
    "${WAY[@]}" nginx -e stderr -c "$BATS_TEST_TMPDIR/nginx.conf" </dev/null >"$BATS_TEST_TMPDIR/nginx.out" 2>&1 3>&- &
    SERVING+=($!)
    until_ok 10 at_lan curl -sf "http://$LAN_V4/hello" -o /dev/null
}

# A package of this name with a file of 4 MiB and a script, in $WEB, and the list of packages.
package() { # NAME
    local root=$BATS_TEST_TMPDIR/package
    mkdir -p "$root/DEBIAN" "$root/opt"
    printf 'Package: %s\nVersion: 1.0\nArchitecture: all\nMaintainer: Nobody <nobody@example.com>\nDescription: for a test\n' \
        "$1" >"$root/DEBIAN/control"
    printf '#!/bin/sh\ncksum </opt/data >/opt/sum\n' >"$root/DEBIAN/postinst"
    chmod 755 "$root/DEBIAN/postinst"
    head -c 4194304 /dev/urandom >"$root/opt/data"
    dpkg-deb -Znone --root-owner-group -b "$root" "$WEB/$1.deb" >/dev/null
    {
        dpkg-deb -f "$WEB/$1.deb"
        printf 'Filename: ./%s.deb\nSize: %s\n' "$1" "$(stat -c %s "$WEB/$1.deb")"
        printf 'SHA256: %s\n' "$(sha256sum <"$WEB/$1.deb" | cut -d ' ' -f 1)"
    } >"$WEB/Packages"
}

# What apt and dpkg want to find.
package_tools_root() {
    mkdir -p rootfs/etc/apt/{apt.conf.d,preferences.d,trusted.gpg.d,sources.list.d} rootfs/var/log/apt \
        rootfs/var/lib/dpkg/{info,updates,triggers} rootfs/var/lib/apt/lists/partial rootfs/var/cache/apt/archives/partial
    touch rootfs/var/lib/dpkg/{status,available}
    echo '_apt:x:42:65534::/nonexistent:/usr/sbin/nologin' >>rootfs/etc/passwd
    echo 'nogroup:x:65534:' >>rootfs/etc/group
    echo 'deb [trusted=yes] http://web.test/ ./' >rootfs/etc/apt/sources.list
    chmod 1777 rootfs/tmp
}

# A program that goes on, in the container.
detached() { # COMMAND [ARG...]
    OPTIONS+=(--detach)
    args "$@"
    lives run "${OPTIONS[@]}" "$ID"
    ok
}

# ---- out -----------------------------------------------------------------------------------------

@test "apt-get update, download and install, from a server that has a name" {
    need apt-get dpkg-deb curl
    web
    package greeting
    package_tools_root
    gosh 'set -e; cd /opt
        apt-get -q update && apt-get -q download greeting && apt-get -q -y install greeting && dpkg -s greeting'
    rc 0
    line 'Status: install ok installed'
    [[ $output == *'Setting up greeting (1.0)'* ]] || show
    is "$(cat rootfs/opt/sum)" "$(cksum <"$BATS_TEST_TMPDIR/package/opt/data")"
    cmp "$WEB/greeting.deb" rootfs/opt/greeting*.deb
    # They asked the other machine, and it saw the host.
    grep -q "^$HOST_V4 .*GET /./greeting.deb" "$BATS_TEST_TMPDIR/nginx/access.log"
}

@test "curl and wget, by address and by name, over both families" {
    need curl wget
    web
    head -c 8388608 /dev/urandom >"$WEB/large"
    gosh "set -e
        curl -sSf http://$LAN_V4/hello 'http://[$LAN_V6]/hello' http://web.test/hello
        wget -qO- http://$LAN_V4/hello 'http://[$LAN_V6]/hello' http://web.test/hello
        curl -sS -m 5 http://$LAN_V4:81/ 2>&1 || echo curl \$?
        curl -sS -m 5 http://nobody.test/ 2>&1 || echo curl \$?
        curl -sSf http://web.test/large | sha256sum; wget -qO- 'http://[$LAN_V6]/large' | sha256sum"
    rc 0
    is "$(grep -cx hello <<<"$output")" 6
    # Refused, and no such name: as on the host.
    line 'curl 7'
    line 'curl 6'
    is "$(grep -cxF "$(sha256sum <"$WEB/large")" <<<"$output")" 2
}

@test "dig: over UDP and TCP, through the resolver and past it" {
    need dig
    gosh "dig +short web.test; dig +short +tcp web.test; dig +short @10.0.2.3 web.test
        dig +short +tcp @10.0.2.3 web.test; dig +short @$LAN_V4 web.test; dig +short +tcp @$LAN_V4 web.test
        dig nobody.test | grep -o 'status: [A-Z]*'; dig web.test | sed -n 's/^;; SERVER: //p'"
    rc 0
    is "$(grep -cx "$LAN_V4" <<<"$output")" 6
    line 'status: NXDOMAIN'
    has '10.0.2.3#53(10.0.2.3) (UDP)'
}

@test "ping: another machine, the gateway, a machine that is not there" {
    need ping
    gosh "ping -q -c 1 -W 3 $LAN_V4; ping -q -c 1 -W 3 web.test; ping -q -c 1 -W 3 10.0.2.2
        ping -q -c 1 -W 1 192.0.2.200; echo status \$?
        ping -q -c 1 -W 3 \$(ip -6 route | sed -n 's/^default via \([^ ]*\).*/\1/p')"
    rc 0
    is "$(grep -c '1 packets transmitted, 1 received' <<<"$output")" 4
    line 'status 1'
    # Of IPv6 libslirp before 4.8 lets no echo out: then there is no answer, and nothing else is the worse.
    gosh "ping -q -c 1 -W 1 $LAN_V6; ping -q -c 1 -W 3 $LAN_V4"
    rc 0
    has '1 packets transmitted'
}

@test "iperf3: both directions, and datagrams" {
    local WAY
    need iperf3
    way at_lan
    "${WAY[@]}" iperf3 -s --forceflush </dev/null >"$BATS_TEST_TMPDIR/iperf3" 2>&1 3>&- &
    SERVING+=($!)
    until_ok 5 grep -q listening "$BATS_TEST_TMPDIR/iperf3"
    # The server takes a moment to be done with the one before.
    gosh "measure() { until iperf3 -J -t 1 -c $LAN_V4 \"\$@\" >/tmp/told || ! grep -q 'server is busy' /tmp/told; do
            sleep .2; done; cat /tmp/told; }
        measure; measure -R; measure -u -b 5M -l 1200; measure -P 4"
    rc 0
    jq -cs 'map(.end | (.sum_received // .sum) | {bytes, lost_percent}) + map(.error // empty)' <<<"$output" >told
    jq -e 'length == 4 and (map(.bytes) | min > 100000) and .[2].lost_percent < 50' told || fail "$(cat told)"
}

# ---- in ------------------------------------------------------------------------------------------

@test "nginx, published: reached from the host and the other machine, and it sees who they are" {
    need nginx curl
    mkdir -p rootfs/srv/own
    head -c 4194304 /dev/urandom >rootfs/srv/page
    nginx_config /srv /srv/own '80' '[::]:80' >rootfs/srv/nginx.conf
    OPTIONS+=(-p 127.0.0.1:8080:80 -p "[::1]:8080:80" -p "$HOST_V4:8080:80" -p "[$HOST_V6]:8080:80")
    detached nginx -e stderr -c /srv/nginx.conf
    until_ok 10 at_host curl -sf http://127.0.0.1:8080/page -o /dev/null
    for from in "at_host 127.0.0.1" "at_host [::1]" "at_lan $HOST_V4" "at_lan [$HOST_V6]"; do
        "${from%% *}" curl -sSf "http://${from#* }:8080/page" | cmp - rootfs/srv/page
    done
    at_lan curl -sSf -Z "http://$HOST_V4:8080/page?[1-20]" -o /dev/null
    rcrun exec "$ID" cat /srv/own/access.log
    ok
    is "$(grep -c "^$LAN_V4 .*GET /page?.* 200 4194304" <<<"$output")" 20
    grep -q "^$LAN_V6 " <<<"$output" || show
    # Who comes over the loopback is the gateway.
    grep -q "^10.0.2.2 " <<<"$output" || show
    lacks 127.0.0.1
    lacks "$HOST_V4"
}
