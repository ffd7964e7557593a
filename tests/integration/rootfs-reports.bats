#!/usr/bin/env bats
# Reports of users of other programs, about root directories, their layers and their owners; each
# with its number there.  What rcrun does in such a case.
#
# Those about what is bound are in mount-reports.bats, and these are cases elsewhere: benchexec 1067,
# buildah 867 and 1831 in rootfs-overlay.bats; umoci 677 and stacker 30 in unpack.bats.
# What needs SELinux (containers/storage 1270) is in the golden plans user-mount-label and those of its
# name.

load lib
load mounts
load unpack

teardown() {
    fuse_end
    finish_test
}

layers() { # KEY VALUE...: annotations org.rcrun.root.KEY
    edit '.annotations = ([$ARGS.positional | _nwise(2) | {key: "org.rcrun.root.\(.[0])", value: .[1]}] | from_entries)' "$@"
}

# As an overlay that has written all that there is to write.
used_upper() { # DIRECTORY
    layers overlay upper upper "$1"
    gosh 'rm /etc/group; rm -r /home; mkdir /home; echo new >/new'
    ok
}

# ---- layers --------------------------------------------------------------------------------

@test "podman 13123: what package tools do to folders of a lower layer works" {
    local kind
    bundle
    mkdir -p rootfs/var/lib/dpkg/info rootfs/lists/partial rootfs/old/deep
    touch rootfs/var/lib/dpkg/info/a rootfs/lists/partial/x rootfs/old/deep/file
    for kind in ephemeral upper; do
        layers overlay "$kind"
        [ "$kind" = ephemeral ] || layers overlay upper upper up
        # Replaced by a new one of that name: apt; renamed: dpkg; and with something in it: mv.
        gosh 'set -e; rm -r /lists; mkdir -m 700 /lists; ls -A /lists; touch /lists/y
            mv /var/lib/dpkg/info /var/lib/dpkg/info.old; mkdir /var/lib/dpkg/info; mv /var/lib/dpkg/info.old/a /var/lib/dpkg/info
            rmdir /var/lib/dpkg/info.old; ls -A /var/lib/dpkg/info; mv /old /new; ls /new/deep; [ ! -e /old ]'
        ok
        out $'a\nfile'
    done
    gosh 'ls -A /lists /var/lib/dpkg /new; [ ! -e /old ]'
    ok
    out $'/lists:\ny\n\n/new:\ndeep\n\n/var/lib/dpkg:\ninfo'
}

@test "podman 26608: an overlay that a security module or a missing driver refuses" {
    local error
    need_strace
    bundle
    one_id
    layers overlay upper upper up
    for error in EACCES:'permission denied' EPERM:'operation not permitted'; do
        PREFIX=(strace -f -qq -o /dev/null -e "inject=fsopen:error=${error%%:*}")
        go true
        refused overlay "${error#*:}"
        hint 'dmesg'
        hint --overlay-driver=fuse
        [ ! -e up ]
    done
}

@test "containers/storage 734, podman 19132: what an upper layer's file system lacks is named, and its kind" {
    need_mapped
    bundle
    mkdir m
    # It has no attributes at all.
    host 'mount -t ramfs none m'
    layers overlay upper upper m/up driver kernel
    go true
    refused 'annotations["org.rcrun.root.upper"]' 'needs user.* attributes' "$B/m/up is on ramfs"
    hint 'another disk'
    hint --overlay-driver=fuse
    # Without the word it is served, where that can be.
    layers overlay upper upper m/up
    gosh 'rm -r /home; echo new >/new; cat /new; grep -c " / .* - fuse" /proc/self/mountinfo'
    if [ "$status" -eq 0 ]; then
        out $'new\n1'
    else
        refused 'needs user.* attributes' "$B/m/up is on ramfs: " fuse
    fi
}

@test "fuse-overlayfs 306: its upper layer is not given to the kernel, nor changed" {
    local before
    need_mapped
    bundle
    [ -w /dev/fuse ] && command -v fuse-overlayfs >/dev/null || skip 'fuse-overlayfs does not work here'
    mkdir -p up/diff up/work
    mapped --mount sh -ec 'mkdir m; fuse-overlayfs -o lowerdir=rootfs,upperdir=up/diff,workdir=up/work m
        rm -r m/home; mkdir m/home; rm m/etc/group; umount m' 3>&-
    before=$(mapped find up -printf '%p %y %T@ %s\n' | sort)
    layers overlay upper upper up driver kernel
    go true
    refused "$B/up/diff was made by fuse-overlayfs"
    hint --overlay-driver=fuse
    is "$(mapped find up -printf '%p %y %T@ %s\n' | sort)" "$before"
    layers overlay upper upper up driver fuse
    gosh 'ls -A /home /etc'
    ok
    out $'/etc:\npasswd\n\n/home:'
    "$RCRUN" unshare rm -rf up
}

@test "fuse-overlayfs 414: a folder that is made without permission to write, by who is not root" {
    bundle
    layers overlay ephemeral
    user 33
    caps
    # The kernel's overlay is the first choice.
    gosh 'mkdir -m 555 /tmp/d && stat -c %a:%u /tmp/d; grep -c " / .* - overlay" /proc/self/mountinfo'
    ok
    out $'555:33\n1'
}

@test "fuse-overlayfs 428, 232: files of a lower layer are writable for whom they belong to" {
    need_mapped
    bundle
    [ -w /dev/fuse ] && command -v fuse-overlayfs >/dev/null || skip 'fuse-overlayfs does not work here'
    mkdir -p rootfs/srv/www/sub
    echo low >rootfs/srv/www/file
    mapped chown -R 33:33 rootfs/srv/www
    layers overlay ephemeral driver fuse
    user 33
    caps
    gosh 'cd /srv/www; echo more >>file; cat file; mkdir new sub/new; touch sub/new/x; mv file sub; rm -r sub; stat -c %u:%g new; ls
        touch /etc/x 2>/dev/null || echo not mine'
    ok
    out $'low\nmore\n33:33\nnew\nnot mine'
}

@test "bubblewrap 685: the root of the host as a layer, and the upper one in it" {
    bundle
    mkdir empty
    rcrun run --rootfs / --upper up --net none --no-tty "$ID" -- true
    refused "--upper: the upper layer $B/up and the lower one / lie in each other"
    hint 'beside the lower ones'
    rcrun run --rootfs rootfs --lower / --upper up --net none --no-tty "$ID" -- true
    refused "--upper: the upper layer $B/up and the lower one / lie in each other"
    [ ! -e up ]
    # Memory is not in it; but what the host has mounted there is, and would be uncovered.
    rcrun run --rootfs rootfs --lower / --ephemeral --net none --no-tty "$ID" -- true
    refused overlay
    hint 'is mounted below /, and nothing may be mounted below a layer'
    # A tree of root's without mounts works, and its files are nobody's.
    rcrun run --rootfs rootfs --lower /usr/lib --ephemeral --net none --no-tty "$ID" -- sh -c 'stat -c %u /os-release; echo >/new'
    ok
    out 65534
    # The creator of a file must be known in the container.
    layers overlay upper upper up
    cfg '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1}] | .linux.gidMappings = .linux.uidMappings'
    rcrun run --dry-run "$ID"
    refused "your uid $(id -u) is not mapped"
}

@test "buildah 1709: a kept layer is packed with what it deletes, and unpacked again" {
    need_ids
    bundle
    mkdir rootfs/home/of
    touch rootfs/home/of/low
    used_upper up
    rcrun unshare tar --xattrs --xattrs-include='user.*' --numeric-owner -C up/diff -cf layer.tar .
    ok
    tar -tvf layer.tar | grep '^c' | grep -q ' 0,0 .*\./etc/group$' || fail "$(tar -tvf layer.tar)"
    mkdir -p other/diff
    rcrun unshare tar --xattrs --xattrs-include='user.*' --numeric-owner -C other/diff -xpf layer.tar
    ok
    layers overlay upper upper other
    gosh 'cat /new; ls /etc; ls -A /home'
    ok
    out $'new\npasswd'
    # A copy likewise; and without its attributes the folder would be as it was.
    rcrun unshare cp -a other third
    ok
    rm third/.rcrun-upper
    layers overlay upper upper third
    gosh 'ls -A /home'
    ok
    out ''
}

@test "docker/for-win 6284, 4824: on a disk of Windows chmod does nothing, which is told beforehand" {
    local release text
    need_strace
    bundle
    mkdir src
    mnt /m none src bind
    mnt /r none src bind ro
    # struct utsname, and f_type of struct statfs: what WSL2 and its 9p answer.
    release=$(printf '5.15.90.1-microsoft-standard-WSL2' | od -An -v -tx1 | tr -d ' \n')
    release=$(printf '4c696e7578%0120d626f78%0124d%s00' 0 0 "$release")
    PREFIX=(strace -qq -o "$B/trace" -e trace=uname,statfs,fstatfs,fsetxattr -e inject=fsetxattr:error=EOPNOTSUPP
        -e "inject=uname:poke_exit=@arg1=$release" -e inject=statfs,fstatfs:poke_exit=@arg2=9719020100000000)
    "${PREFIX[@]}" true 2>/dev/null || skip 'this strace changes no answers'
    OPTIONS=(--dry-run)
    go true
    rc 0
    for text in "root.path: $B/rootfs" "mounts[4]: $B/src"; do
        says "rcrun: warning: $text is on a disk of Windows (9p): its files keep their owners and modes"
    done
    is "$(grep -c warning <<<"$stderr")" 2
    layers overlay upper upper up driver kernel
    go true
    refused 'needs user.* attributes' "$B/up is on 9p"
    # Nor is it a place for the state of containers, where there is no other.
    need_mapped
    cfg 'del(.annotations)'
    export HOME=$B
    host 'mount -t tmpfs none /run'
    PREFIX=(env -u XDG_RUNTIME_DIR -u USER "${PREFIX[@]}")
    go true
    refused "$B is on a file system without owners (9p)"
}

# ---- owners --------------------------------------------------------------------------------

# A file system whose server is the user: it may not give files away, whoever asks.  As NFS and 9p.
served() { # DIRECTORY
    [ -w /dev/fuse ] && command -v fuse-overlayfs >/dev/null || skip 'fuse-overlayfs does not work here'
    mkdir -p "$1" served/{low,up,work}
    fuse-overlayfs -o lowerdir=served/low,upperdir=served/up,workdir=served/work "$1" 3>&- ||
        skip 'no file systems of users here'
    FUSE=$(realpath "$1")
}

@test "podman 22002: a file system whose server refuses all ids but the user's" {
    need_ids
    bundle
    served m
    printf '%s\n' "add('d', DIR); add('d/f', uid=33, gid=42)" | craft f.tar
    unpack tar:f.tar m/b
    refused 'f.tar: d/f: ' 'operation not permitted'
    hint "m/b is on FUSE, whose server may refuse all ids but yours: use a single id"
    gone m/b
    unpack --userns single tar:f.tar m/b
    rc 0
    says '1 files of others are yours now'
    # A root directory there runs with one.
    cp -a rootfs m/root
    cfg '.root.path = "m/root" | .annotations["org.rcrun.userns"] = "single"'
    gosh 'touch /new; stat -c %u /new'
    ok
    out 0
    # With others, what is missing for one of them cannot be made.
    cfg '.annotations = {"org.rcrun.userns": "keep-id"}'
    rmdir m/root/sys
    go true
    refused
    hint "is on FUSE, whose server may refuse all ids but yours"
}

@test "podman 1386, 1388, 2738, 21810: what belongs to ids of the container is removed without root" {
    need_ids
    bundle
    layers overlay upper upper up
    gosh 'mkdir -p /var/db/deep; touch /var/db/deep/f; chown -R 999:999 /var/db; chmod 700 /var/db'
    ok
    rm -rf up 2>/dev/null || :
    [ -d up/diff/var/db ]
    rcrun unshare rm -rf up
    ok
    [ ! -e up ]
    # It is in the manual of delete, which leaves them.
    [ ! -d "$srcdir/man" ] || grep -q 'rcrun unshare rm -rf' "$srcdir/man/rcrun-delete.1"
}

@test "podman 13805, 16541, 25087, 11220: keep-id changes no file at its start" {
    local before
    need_ids
    bundle
    mapped sh -c 'mkdir -p rootfs/many && cd rootfs/many && seq 2000 | xargs touch && chown -R 33:33 .'
    before=$(mapped find rootfs -printf '%p %U:%G %m %C@\n' | sort | sha256sum)
    rcrun run --userns keep-id --config config.json "$ID" -- stat -c %u /many/1
    ok
    out 33
    is "$(mapped find rootfs -printf '%p %U:%G %m %C@\n' | sort | sha256sum)" "$before"
}

@test "podman 23347: a volume of the user's is his in the container, and of nobody else's number" {
    need_ids
    bundle
    mkdir volume
    mapped sh -c 'cd rootfs/var; for i in 999 1000 1001; do mkdir $i; chown $i:$i $i; done'
    mnt /volume none volume bind
    cfg '.annotations["org.rcrun.userns"] = "keep-id:uid=1000,gid=1000"'
    user 1000
    gosh 'cd /var; stat -c %n=%u:%g 999 1001 /volume; touch /volume/f; stat -c %u:%g /volume/f'
    ok
    out $'999=999:999\n1001=1001:1001\n/volume=1000:1000\n1000:1000'
    is "$(stat -c %u:%g volume/f)" "$(id -u):$(id -g)"
}

@test "umoci 49, image-tools 208: folders that their owner may not write, over two layers" {
    local map
    need_mapped
    need_helper
    printf '%s\n' "add('ca', DIR, mode=0o555); add('ca/x', mode=0o444, data=b'1'); add('no', DIR, mode=0); add('no/in', DIR, mode=0o500); add('no/in/f')" |
        craft 1.tar
    printf '%s\n' "add('ca/y', mode=0o400, data=b'2'); add('ca/x', data=b'3'); add('no/.wh.in')" | craft 2.tar
    layout image '{}' 1.tar 2.tar
    for map in default single; do
        unpack --userns "$map" oci:image b
        rc 0
        is "$(tree b/rootfs | cut -d' ' -f 1-4)" $'d 555 0:0 ca\nf 644 0:0 ca/x\nf 400 0:0 ca/y\nd 0 0:0 no'
        is "$(content b/rootfs ca/x)$(content b/rootfs ca/y)" 32
        mapped rm -rf b
    done
}
