#!/usr/bin/env bats
# What depends on the version of the kernel.  Right on each; `make check-vm` runs it on that of
# Debian 12, which is older than many things that rcrun likes to use.

load ../integration/lib
load ../integration/mounts

listing() {
    (cd "$1" && find . -printf '%y %m %U:%G %s %p %l\n' -type f -exec sha256sum {} + | sort)
}

@test "a container starts, with mounts, masks and read-only paths" {
    bundle
    source_dir
    mnt /m none src bind ro nosuid
    mnt /t tmpfs tmpfs size=1m
    mkdir rootfs/hidden
    touch rootfs/hidden/x rootfs/gone
    cfg '.linux.maskedPaths = ["/hidden", "/gone", "/proc/keys", "/sys/firmware", "/home"]
        | .linux.readonlyPaths = ["/proc/sys", "/var"]'
    gosh 'id -u; cat /m/file; ls -A /hidden /home; cat /gone; touch /var/x 2>/dev/null || echo ro; echo x >/dev/null; ls /proc/self/fd | wc -l'
    rc 0
    out $'0\ninside\n/hidden:\n\n/home:\nro\n4'
}

@test "an ephemeral root: whatever is done to it, it works and is gone" {
    bundle
    mkdir -p rootfs/lower/deep/deeper rootfs/other
    echo text >rootfs/lower/deep/file
    echo text >rootfs/other/file
    before=$(listing rootfs)
    OPTIONS=(--ephemeral)
    for _ in 1 2; do
        gosh 'set -e; rm -r /lower/deep; rmdir /lower; mkdir /lower; ls -A /lower; mv /other/file /other/renamed
            echo more >>/other/renamed; cat /other/renamed; rm -r /other; chown 33 /etc/passwd; mkfifo /fifo
            ln /etc/group /etc/hard; truncate -s 1G /sparse; rm /etc/group; ls /etc; rm -r /etc /usr /home'
        ok
        out $'text\nmore\nhard\npasswd'
        is "$(listing rootfs)" "$before"
    done
    is "$(ls -A "$TMPDIR")" ''
    is "$(find /var/tmp -maxdepth 1 -name 'rcrun-*' -user "$(id -un)")" ''
}

@test "control: on a tmpfs below Linux 6.6 a folder of the lower layer cannot be removed" {
    need_mapped
    mkdir -p lower/folder
    echo text >lower/folder/file
    run mapped --mount sh -ec 'mkdir space merged; mount -t tmpfs space space; mkdir space/u space/w
        mount -t overlay -o "userxattr,lowerdir=lower,upperdir=space/u,workdir=space/w" overlay merged
        rm merged/folder/file; rmdir merged/folder && mkdir merged/folder && echo works'
    if newer_than 6 6; then
        out works
    else
        has 'Input/output error'
    fi
    # That is what the plan knows.
    bundle
    OPTIONS=(--ephemeral --dry-run)
    go true
    rc 0
    if newer_than 6 6; then
        lacks make_upper
    else
        has make_upper
    fi
}

@test "one, two, thirteen and forty layers, with names of any kind" {
    bundle
    for i in $(seq 40); do
        mkdir "layer:$i,\\ x"
        echo "$i" >"layer:$i,\\ x/own.$i"
        echo "$i" >"layer:$i,\\ x/same"
    done
    cp config.json plain.json
    for n in 1 2 13 40; do
        cp plain.json config.json
        edit '.annotations = ({"org.rcrun.root.overlay": "ephemeral"} + ([range($ARGS.positional[0] | tonumber) |
            {key: "org.rcrun.root.lower.\(.)", value: "layer:\(. + 1),\\ x"}] | from_entries))' "$n"
        gosh 'cat /same; ls /own.* | wc -l; rm /same; echo new >/same'
        rc 0
        out $'1\n'"$n"
    done
}

@test "what is kept in an upper directory is there the next time" {
    bundle
    mkdir -p rootfs/lower
    echo text >rootfs/lower/file
    OPTIONS=(--upper up)
    gosh 'rm -r /lower; mkdir /lower; echo new >/kept'
    ok
    gosh 'ls -A /lower; cat /kept'
    ok
    out new
    [ -e rootfs/lower/file ] && [ ! -e rootfs/kept ]
}

@test "a tmpfs with mappings, or the reason why there is none" {
    bundle
    mnt /m tmpfs tmpfs mode=777 uid=5 gid=5
    cfg --argjson u "$(id -u)" --argjson g "$(id -g)" '.mounts[-1] += {uidMappings: [{containerID: 5, hostID: $u, size: 1}],
        gidMappings: [{containerID: 5, hostID: $g, size: 1}]}'
    gosh 'touch /m/x; stat -c %u:%g /m/x; grep " /m " /proc/self/mountinfo | grep -o idmapped'
    if newer_than 6 3; then
        ok
        out $'0:0\nidmapped'
    else
        refused mount_tmpfs 'mounts[4]' /m
        hint 'since Linux 6.3'
    fi
}

@test "binds with mappings, of a file system that root of the user namespace mounted" {
    bundle
    need_mapped
    mkdir src
    host 'mount -t tmpfs -o mode=777 src src'
    without user
    mnt /m none src bind idmap
    cfg '.mounts[-1] += {uidMappings: [{containerID: 0, hostID: 5, size: 1}], gidMappings: [{containerID: 0, hostID: 5, size: 1}]}'
    gosh 'stat -c %u:%g /m'
    if newer_than 6 3; then
        ok
        out 5:5
    else
        refused map_source 'mounts[4]' "$B/src"
        hint 'cannot map ids'
    fi
}
