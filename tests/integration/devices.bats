#!/usr/bin/env bats
# /dev of the container.

load lib

@test "the devices that every container has" {
    bundle
    gosh 'for d in null zero full random urandom tty; do test -c /dev/$d || echo "no $d"; done
        stat -c "%n %t:%T" /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty
        head -c 5 /dev/zero | od -An -tx1; head -c 4 /dev/urandom | wc -c; head -c 4 /dev/random | wc -c
        echo x >/dev/null; cat /dev/null | wc -c; echo x 2>/dev/null >/dev/full || echo full'
    rc 0
    is "$(tr -s ' ' <<<"$output")" '/dev/null 1:3
/dev/zero 1:5
/dev/full 1:7
/dev/random 1:8
/dev/urandom 1:9
/dev/tty 5:0
 00 00 00 00 00
4
4
0
full'
}

@test "the links of /dev" {
    bundle
    gosh 'cd /dev; for l in fd stdin stdout stderr core ptmx; do echo "$l $(readlink $l)"; done; echo hi >/dev/stdout; echo err >/dev/stderr; ls'
    rc 0
    line 'fd /proc/self/fd'
    line 'stdin /proc/self/fd/0'
    line 'stdout /proc/self/fd/1'
    line 'stderr /proc/self/fd/2'
    line 'core /proc/kcore'
    line 'ptmx pts/ptmx'
    line hi
    is "$stderr" err
    is "$(sed '1,/^hi$/d' <<<"$output" | tr '\n' ' ')" 'core fd full null ptmx pts random stderr stdin stdout tty urandom zero '
}

@test "devices work for every user of the container, also to create" {
    need_ids
    bundle
    user 1000
    caps
    cfg '.mounts[1].options = ["nosuid"]'
    gosh 'echo x >/dev/null && head -c 1 /dev/zero | wc -c; stat -c %a /dev; touch /dev/x 2>/dev/null || echo closed'
    rc 0
    out $'1\n755\nclosed'
}

@test "a device of the host is given under its own name" {
    bundle
    name=
    for name in kmsg fuse net/tun cpu_dma_latency hpet vga_arbiter loop-control ptmx; do
        [ -c "/dev/$name" ] && break
    done
    [ -c "/dev/$name" ] || skip 'no other device here'
    major=$((0x$(stat -c %t "/dev/$name"))) minor=$((0x$(stat -c %T "/dev/$name")))
    cfg --arg p "/dev/$name" --argjson a "$major" --argjson b "$minor" \
        '.linux.devices = [{path: $p, type: "c", major: $a, minor: $b, fileMode: 438, uid: 0, gid: 0}]'
    [ "$name" != ptmx ] || skip 'no other device here'
    gosh "stat -c '%F %t:%T' /dev/$name; grep ' /dev/$name ' /proc/self/mountinfo | cut -d' ' -f6"
    ok
    is "${lines[0]}" "character special file $(stat -c %t:%T "/dev/$name")"
    [[ ${lines[1]} == *nosuid*noexec* ]]
    # u is another word for c.
    cfg '.linux.devices[0].type = "u"'
    go test -c "/dev/$name"
    ok
}

@test "a device that the host does not have is named" {
    bundle
    cfg '.linux.devices = [{path: "/dev/rcrun-no-such", type: "c", major: 1, minor: 3}]'
    go true
    refused 'linux.devices[0]' /dev/rcrun-no-such
    hint 'without root'
    # One with another number is not the one that was asked for.
    cfg '.linux.devices[0].path = "/dev/zero"'
    go true
    refused 'linux.devices[0]' /dev/zero 1:3
    cfg '.linux.devices[0] |= {path: "/dev/zero", type: "b", major: 1, minor: 5}'
    go true
    refused 'linux.devices[0]' /dev/zero
    cfg '.linux.devices[0] |= {path: "/dev/zero", type: "c", minor: 5}'
    go true
    refused 'linux.devices[0].major'
    cfg '.linux.devices[0] |= {path: "dev/zero", type: "c", major: 1, minor: 5}'
    go true
    refused 'linux.devices[0].path'
    cfg '.linux.devices[0] |= {path: "/dev/zero", type: "x", major: 1, minor: 5}'
    go true
    refused 'linux.devices[0].type'
}

@test "a fifo is made, with mode and owner" {
    need_ids
    bundle
    cfg '.linux.devices = [{path: "/dev/some/where/fifo", type: "p", fileMode: 416, uid: 1000, gid: 5},
        {path: "/run/other", type: "p"}]'
    gosh 'stat -c "%F %a %u:%g" /dev/some/where/fifo /run/other; echo hi >/run/other & cat /run/other'
    ok
    out $'fifo 640 1000:5\nfifo 666 0:0\nhi'
    # There already: fine; something else there: not.
    go test -p /run/other
    ok
    rm rootfs/run/other
    : >rootfs/run/other
    go true
    refused 'linux.devices[1]' other 'something else'
}

@test "a device that is listed twice is an error" {
    bundle
    cfg '.linux.devices = [{path: "/dev/a", type: "p"}, {path: "/dev/./a", type: "p"}]'
    go true
    refused 'linux.devices[1].path' 'linux.devices[0]'
}

@test "without a mount on /dev the devices are in the root, and its files are covered" {
    bundle
    cfg '.mounts = [.mounts[0]]'
    echo not-a-device >rootfs/dev/null
    ln -s /tmp/evil rootfs/dev/zero
    ln -s /etc/passwd rootfs/dev/ptmx
    gosh 'test -c /dev/null && cat /dev/null; readlink /dev/ptmx; head -c 1 /dev/urandom | wc -c'
    # A link where a device belongs is followed inside the root, or refused.
    if [ "$status" -eq 0 ]; then
        out $'pts/ptmx\n1'
    else
        refused zero
        rm rootfs/dev/zero
        gosh 'test -c /dev/null && cat /dev/null; readlink /dev/ptmx; head -c 1 /dev/urandom | wc -c'
        ok
        out $'pts/ptmx\n1'
    fi
    [ ! -e /tmp/evil ]
    is "$(cat rootfs/dev/null)" not-a-device
}

@test "/dev of the root must be a directory, not a link" {
    bundle
    cfg '.mounts = [.mounts[0]]'
    rmdir rootfs/dev
    mkdir rootfs/x
    for target in /x x /tmp ../../../../tmp; do
        ln -sfn "$target" rootfs/dev
        go true
        refused /dev
        is "$(ls -A rootfs/x)" ''
    done
    rm rootfs/dev
    : >rootfs/dev
    go true
    refused /dev
    rm rootfs/dev
    go test -c /dev/null
    ok
}

@test "a bind on /dev is taken as it is" {
    bundle
    mkdir dev
    echo mine >dev/file
    cfg '.mounts = [.mounts[0], {destination: "/dev", source: "dev", options: ["bind"]}]'
    gosh 'cat /dev/file; ls /dev'
    ok
    out $'mine\nfile'
    is "$(ls dev)" file
}

@test "a sticky tmpfs on /dev would refuse the devices, so it is none" {
    bundle
    chmod 1777 rootfs/dev
    cfg '.mounts[1].options = ["nosuid"]'
    gosh 'stat -c %a /dev; echo x >/dev/null'
    ok
    out 755
}

@test "nodes on a mount that is nodev are for nobody to open, and check says so" {
    need_mapped
    mountpoint -q /dev || skip '/dev is no mount here'
    bundle
    rcrun check
    grep -q '^ok  *dev ' <<<"$output" || show 'wanted a row'
    host 'mount -o remount,bind,nodev /dev'
    rcrun check
    grep -q '^warn  *dev  */dev/null is on a mount that is nodev' <<<"$output" || show 'wanted a warning'
    gosh 'echo x 2>/dev/null >/dev/null || echo closed'
    rc 0
    out closed
}
