#!/usr/bin/env bats
# The root, masked paths, read-only paths.

load lib

# ---- the root ------------------------------------------------------------------------------

@test "a writable root is written, a read-only one is not" {
    bundle
    gosh 'echo hi >/new; cat /new'
    ok
    out hi
    is "$(cat rootfs/new)" hi
    cfg '.root.readonly = true'
    mnt /tmp tmpfs tmpfs
    gosh 'touch /x; touch /tmp/y && ls /tmp; cat /proc/self/mountinfo | awk "\$5 == \"/\" { print \$6 }"'
    rc 0
    is "${lines[0]}" y
    [[ ${lines[1]} == ro,* ]]
    says 'Read-only file system'
    [ ! -e rootfs/x ]
}

@test "--ro and --rw win over the config" {
    bundle
    OPTIONS=(--ro)
    gosh 'touch /x 2>/dev/null || echo ro'
    out ro
    cfg '.root.readonly = true'
    OPTIONS=(--rw)
    gosh 'touch /x && echo rw'
    out rw
}

@test "a read-only root on a file system with locked flags" {
    need_mapped
    bundle
    host 'mount -t tmpfs -o nosuid,nodev,mode=755 x rootfs; mkdir rootfs/proc rootfs/sys rootfs/dev rootfs/bin
        busybox cp "$(command -v busybox)" rootfs/bin/busybox; for i in sh cat touch awk; do ln -s busybox rootfs/bin/$i; done'
    cfg '.root.readonly = true'
    gosh 'touch /x 2>/dev/null || echo ro; awk "\$5 == \"/\" { print \$6 }" /proc/self/mountinfo'
    rc 0
    is "${lines[0]}" ro
    [[ ${lines[1]} == ro,nosuid,nodev* ]] || show options
    cfg '.root.readonly = false'
    gosh 'touch /x && echo rw'
    ok
    out rw
}

@test "a root that is on a read-only file system works when its mount points are there" {
    need_mapped
    bundle
    mkdir -p rootfs/dev rootfs/proc rootfs/sys
    host 'mount --bind rootfs rootfs; mount -o remount,bind,ro rootfs'
    gosh 'touch /x 2>/dev/null || echo ro; echo x >/dev/null && echo dev'
    rc 0
    out $'ro\ndev'
    mnt /missing/point tmpfs tmpfs
    go true
    refused 'mounts[4]' /missing/point read-only
    hint 'make /missing/point'
}

@test "the root is relative to the bundle, or absolute, or a link" {
    bundle
    mv rootfs other
    cfg '.root.path = "./x/../other/"'
    go echo ran
    ok
    cfg --arg p "$PWD/other" '.root.path = $p'
    go echo ran
    ok
    ln -s other link
    cfg '.root.path = "link"'
    go echo ran
    ok
    cd /
    rcrun run --bundle "$B" "$ID"
    ok
    out ran
}

@test "what is not a root is refused by name" {
    bundle
    cfg '.root.path = "nowhere"'
    go true
    refused root.path nowhere
    : >file
    cfg '.root.path = "file"'
    go true
    refused root.path file 'not a directory'
    cfg '.root.path = ""'
    go true
    refused root.path
    cfg 'del(.root)'
    go true
    refused root 'missing'
    mkdir -p closed/rootfs
    chmod 0 closed
    cfg '.root.path = "closed/rootfs"' 2>/dev/null || cfg '.root = {path: "closed/rootfs"}'
    go true
    refused root.path closed 'permission denied'
    chmod 755 closed
}

@test "the container sees its root and nothing above" {
    bundle
    gosh 'ls / | tr "\n" " "; cd ..; ls -d . ; ls /../.. | wc -l; wc -l </proc/self/mountinfo; readlink /proc/1/root; pwd'
    ok
    is "${lines[0]}" "$(ls rootfs | tr '\n' ' ')."
    # All mounts are those that the config asked for, and the devices.
    gosh 'cut -d" " -f5 /proc/self/mountinfo'
    is "$(sort <<<"$output" | tr '\n' ' ')" '/ /dev /dev/full /dev/null /dev/pts /dev/random /dev/tty /dev/urandom /dev/zero /proc /sys '
}

@test "with --no-pivot the root of the host is out of reach, too" {
    bundle
    OPTIONS=(--no-pivot)
    gosh 'ls / | tr "\n" " "; ls /../.. | wc -l; cat /proc/1/root/etc/passwd | head -n 1'
    ok
    is "${lines[0]}" "$(ls rootfs | tr '\n' ' ')$(ls rootfs | wc -l)"
    line root:x:0:0:root:/root:/bin/sh
    cfg '.linux.rootfsPropagation = "private"'
    go true
    refused linux.rootfsPropagation --no-pivot
}

# ---- masked paths --------------------------------------------------------------------------

@test "a masked file is empty and a masked directory has nothing" {
    bundle
    mkdir -p rootfs/secret/deep
    echo secret >rootfs/secret/deep/file
    echo secret >rootfs/file
    cfg '.linux.maskedPaths = ["/proc/version", "/proc/sys", "/secret", "/file", "/nowhere", "/nowhere/else", "/file/below"]'
    gosh 'cat /proc/version /file; ls -A /secret /proc/sys; touch /secret/x 2>/dev/null || echo ro
        echo x >/file; stat -c "%F %t:%T" /file /proc/version; stat -c "%F %a" /secret'
    rc 0
    out '/proc/sys:

/secret:
ro
character special file 1:3
character special file 1:3
directory 555'
    is "$(cat rootfs/file rootfs/secret/deep/file)" $'secret\nsecret'
    [ ! -e rootfs/nowhere ]
}

@test "hundreds of masks, with few descriptors, share two mounts" {
    bundle
    mkdir -p rootfs/d
    (cd rootfs/d && mkdir $(seq 150) && touch $(seq 151 300))
    cfg '.linux.maskedPaths = [range(1; 301) | "/d/\(.)"]'
    PREFIX=(sh -c 'ulimit -n 40; exec "$@"' sh)
    gosh 'stat -c "%d %F" /d/* | sort | uniq -c | tr -s " " | cut -d" " -f2,4-; ls -A /d/1 /d/150 | tr "\n" " "'
    ok
    is "$(head -n 2 <<<"$output" | sort)" $'150 character special file\n150 directory'
}

@test "links in masked paths are followed in the root, but for those of the kernel" {
    bundle
    mkdir rootfs/real
    echo secret >rootfs/real/file
    ln -s real/file rootfs/link
    ln -s /etc/passwd rootfs/abs
    cfg '.linux.maskedPaths = ["/link", "/abs"]'
    gosh 'cat /real/file /etc/passwd; readlink /link'
    ok
    out real/file
    [ -s /etc/passwd ]
    cfg '.linux.maskedPaths = ["/proc/self/environ"]'
    go true
    # /proc/self is a link: what it hides would be another process later.
    refused 'linux.maskedPaths[0]' /proc/self/environ 'symbolic link'
}

@test "a /proc that the image redirects is refused, not masked elsewhere" {
    bundle
    cfg '.mounts = [] | .linux.maskedPaths = ["/proc/kcore"]'
    rmdir rootfs/proc
    mkdir -p rootfs/fake
    echo x >rootfs/fake/kcore
    ln -s fake rootfs/proc
    go true
    refused 'linux.maskedPaths[0]' /proc
    cfg '.linux |= (del(.maskedPaths) | .readonlyPaths = ["/proc/kcore"])'
    go true
    refused 'linux.readonlyPaths[0]' /proc
}

@test "a null device of the image is not used as a mask" {
    bundle
    # A file that passes for the null device in the container's own /dev.
    mkdir dev
    echo leak >dev/null
    cfg '.mounts |= [.[0], {destination: "/dev", source: "dev", options: ["bind"]}] | .linux.maskedPaths = ["/etc/passwd"]'
    gosh 'cat /etc/passwd; stat -c %t:%T /etc/passwd; cat /dev/null'
    ok
    out $'1:3\nleak'
}

# ---- read-only paths -----------------------------------------------------------------------

@test "read-only paths cannot be written, but what is mounted below them as before" {
    bundle
    mkdir -p rootfs/a/b rootfs/c
    mnt /a/b tmpfs tmpfs
    all_caps
    cfg '.linux.readonlyPaths = ["/proc/sys", "/a", "/etc/passwd", "/nowhere"]'
    gosh 'echo 1 >/proc/sys/net/ipv4/ip_forward; touch /a/x; echo >>/etc/passwd; touch /a/b/x /c/x && echo ok'
    rc 0
    out ok
    [ "$(grep -c 'Read-only file system' <<<"$stderr")" -eq 3 ] || show
    gosh 'awk "\$5 ~ /^\/(a|proc)/ { print \$5, \$6 }" /proc/self/mountinfo'
    line '/a ro,relatime'
    line '/a/b rw,relatime'
    line '/proc/sys ro,relatime'
    line '/proc rw,relatime'
}

@test "read-only paths keep the flags of the mount below" {
    need_mapped
    bundle
    mkdir src
    host 'mount -t tmpfs -o nosuid,nodev,noexec x src; mkdir src/d'
    mnt /m none src bind
    cfg '.linux.readonlyPaths = ["/m/d"]'
    gosh 'awk "\$5 ~ /^\/m/ { print \$5, \$6 }" /proc/self/mountinfo'
    ok
    has '/m/d ro,nosuid,nodev,noexec'
}

@test "masked and read-only paths must be absolute" {
    bundle
    cfg '.linux.maskedPaths = ["proc/kcore"]'
    go true
    refused 'linux.maskedPaths[0]'
    cfg '.linux |= (del(.maskedPaths) | .readonlyPaths = ["/a", "b"])'
    go true
    refused 'linux.readonlyPaths[1]'
}
