#!/usr/bin/env bats
# Root directories on every kind of file system that can be made here.

load lib

# The root directory in a file system of its own at $B/at, below the folder `root` of it; `up` is
# there for upper directories.  What is mounted is seen by the user, and gone afterwards.
place() { # KIND
    mkdir -p at tree
    [ -e tree/root ] || { mv rootfs tree/root && mkdir tree/up; }
    chown "$uid:$gid" tree tree/up
    local image=$B/$1.img
    case $1 in
    ext4 | ext4-ro)
        need mke2fs
        mke2fs -q -t ext4 -O ^has_journal -d tree "$image" 64M
        ;;
    xfs)
        need mkfs.xfs
        truncate -s 320M "$image"
        mkfs.xfs -q "$image"
        ;;
    btrfs)
        need mkfs.btrfs
        truncate -s 120M "$image"
        mkfs.btrfs -q "$image"
        ;;
    squashfs)
        need mksquashfs
        mksquashfs tree "$image" -quiet -no-progress >/dev/null
        ;;
    esac
    case $1 in
    tmpfs) HOST="mount -t tmpfs at $B/at; cp -a $B/tree/. $B/at" ;;
    overlay)
        mkdir -p low work
        HOST="mount -t tmpfs space $B/work; mkdir $B/work/u $B/work/w; chown $uid:$gid $B/work/u
            mount -t overlay -o lowerdir=$B/tree:$B/low,upperdir=$B/work/u,workdir=$B/work/w at $B/at"
        ;;
    bind-ro) HOST="mount --bind $B/tree $B/at; mount -o remount,bind,ro $B/at" ;;
    ext4-ro) HOST="mount -o loop,ro $image $B/at" ;;
    xfs | btrfs) HOST="mount -o loop $image $B/at; cp -a $B/tree/. $B/at" ;;
    *) HOST="mount -o loop $image $B/at" ;;
    esac
    unshare --mount --propagation private sh -ec "$HOST" 2>"$BATS_TEST_TMPDIR/why" ||
        skip "no $1 here: $(head -n 1 "$BATS_TEST_TMPDIR/why")"
    cfg '.root.path = "at/root"'
}

need() { # PROGRAM
    command -v "$1" >/dev/null || skip "$1 is not installed"
}

# Everything that an overlay has to do for what lies in the layer below.
all_work='set -e; cat /lower/dir/file; echo more >>/lower/dir/file; chown 33:33 /lower/other; chmod 4711 /lower/other
    stat -c "%u:%g %a" /lower/other; rm /lower/gone; rm -r /lower/full; mkdir /lower/full; ls -A /lower/full
    mkfifo /lower/fifo; ln /lower/dir/file /lower/hard; mv /lower/dir /lower/moved; cat /lower/moved/file
    rmdir /lower/empty; ln -s x /lower/link; truncate -s 100M /lower/sparse; ls -A /lower'
all_seen='text
33:33 4711
text
more
fifo
full
hard
link
moved
other
sparse'

fill() {
    mkdir -p rootfs/lower/dir rootfs/lower/full/deep rootfs/lower/empty
    echo text >rootfs/lower/dir/file
    touch rootfs/lower/other rootfs/lower/gone rootfs/lower/full/x rootfs/lower/full/deep/y
    chown -R "$uid:$gid" rootfs/lower
}

on_kind() { # KIND rw|ro
    bundle
    fill
    place "$1"
    gosh 'id -u; cat /lower/dir/file; touch /new 2>/dev/null && echo rw || echo ro'
    rc 0
    out $'0\ntext\n'"$2"
    # Two in a row, and the second finds nothing of the first.
    OPTIONS=(--ephemeral)
    for _ in 1 2; do
        gosh "$all_work"
        rc 0
        out "$all_seen"
    done
    OPTIONS=(--ephemeral --ro)
    gosh 'cat /lower/dir/file; touch /new 2>/dev/null || echo ro'
    rc 0
    out $'text\nro'
}

# The same with the upper directory on that file system, or where it cannot be on the disk.
upper_on() { # DIRECTORY
    OPTIONS=(--upper "$1")
    # Each run has the mounts anew, but for what is in an image.
    gosh "$all_work"
    rc 0
    out "$all_seen"
}

@test "ext4, with its own upper directory" {
    on_kind ext4 rw
    upper_on at/up
    gosh 'ls -A /lower; cat /lower/hard'
    rc 0
    out $'fifo\nfull\nhard\nlink\nmoved\nother\nsparse\ntext\nmore'
}

@test "xfs, with its own upper directory" {
    on_kind xfs rw
    upper_on at/up
}

@test "btrfs, with its own upper directory" {
    on_kind btrfs rw
    upper_on at/up
}

@test "tmpfs, with its own upper directory where the kernel has that" {
    on_kind tmpfs rw
    newer_than 6 6 || return 0
    upper_on at/up
}

@test "squashfs, with an upper directory on the disk" {
    on_kind squashfs ro
    upper_on up
}

@test "ext4 that is read-only, with an upper directory on the disk" {
    on_kind ext4-ro ro
    upper_on up
}

@test "a read-only bind of a folder, with an upper directory on the disk" {
    on_kind bind-ro ro
    upper_on up
}

@test "an overlay of the host, with an upper directory on the disk" {
    on_kind overlay rw
    upper_on up
}

@test "a mount point that is missing on a read-only root is made in the upper directory" {
    bundle
    fill
    place squashfs
    mkdir src
    echo inside >src/file
    mnt /missing/point none src bind
    go true
    refused /missing/point
    OPTIONS=(--ephemeral)
    go cat /missing/point/file
    rc 0
    out inside
}

@test "an upper directory on an overlay or on something read-only is refused, with the reason" {
    bundle
    fill
    place overlay
    cfg '.root.path = "tree/root"'
    OPTIONS=(--upper at/up --overlay-driver kernel)
    go true
    refused overlay "$B/at/up"
    HOST="mkdir -p $B/at/up; chown $uid:$gid $B/at/up; mount --bind $B/at $B/at; mount -o remount,bind,ro $B/at"
    go true
    refused 'read-only' "$B/at/up"
}

@test "a second overlay over one of the host works, a third one is refused with the reason" {
    bundle
    fill
    place overlay
    mkdir -p low2 at2
    HOST+="; mkdir $B/work/u2 $B/work/w2; mount -t overlay -o lowerdir=$B/at:$B/low2 at2 $B/at2"
    cfg '.root.path = "at2/root"'
    go cat /lower/dir/file
    rc 0
    out text
    OPTIONS=(--ephemeral)
    go true
    refused overlay
    hint 'no more than two overlays'
}
