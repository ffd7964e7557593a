#!/usr/bin/env bats
# Roots and volumes of many layers, and in each other.

load lib
load overlay

# ---- layers --------------------------------------------------------------------------------

@test "layers have any name, and the topmost wins" {
    bundle
    ephemeral
    names=('a:b' 'c,d' 'e\f' 'g h' $'i\nj' 'ü' 'k=l' '%41' "$(printf 'x%.0s' {1..255})")
    for i in "${!names[@]}"; do
        mkdir "${names[i]}"
        echo "$i" | tee "${names[i]}/top" >"${names[i]}/own.$i"
    done
    lowers "${names[@]}"
    gosh 'cat /top; ls /own.* | wc -l; rm /top && [ ! -e /top ] && echo removed'
    ok
    out $'0\n9\nremoved'
}

@test "499 layers more, and not 500" {
    bundle
    ephemeral
    mkdir many
    (cd many && mkdir {0..499} && for i in {0..499}; do : >"$i/own.$i"; done)
    for n in 1 2 13 200 499; do
        cfg '.annotations = {"org.rcrun.root.overlay": "ephemeral"}'
        # shellcheck disable=SC2046 # words
        lowers $(seq -f "$B/many/%g" 0 $((n - 1)))
        gosh 'ls / | grep -c "^own\."'
        ok
        out "$n"
    done
    lowers "$B"/many/{0..499}
    go
    rc 1
    says '501 lower directories with root.path, the kernel takes 500'
}

@test "what is wrong with a layer is told by its key" {
    bundle
    ephemeral
    lowers none
    go
    rc 1
    says 'annotations["org.rcrun.root.lower.0"]: '"$B/none: no such file or directory"
    mkdir -p up/diff
    echo '{"version":1,"id":"x","init":{"pid":2,"startTime":1}}' >up/.rcrun-upper
    lowers up
    go
    rc 1
    says "the layer itself is $B/up/diff"
    lowers "$B/up/diff"
    go
    ok
    cfg '.annotations["org.rcrun.root.whatever"] = "1"'
    go
    rc 1
    says 'annotations["org.rcrun.root.whatever"]: unknown key'
}

@test "a layer with something mounted below it is refused with the reason" {
    bundle
    ephemeral
    host 'mount -t tmpfs none rootfs/home'
    go
    rc 1
    says "$PWD/rootfs/home is mounted below $PWD/rootfs, and nothing may be mounted below a layer"
    host ''
    mkdir low
    lowers low
    host 'mount -t tmpfs none low; mkdir low/sub; mount -t tmpfs none low/sub'
    go
    rc 1
    says "$PWD/low/sub is mounted below $PWD/low, and"
}

# ---- volumes -------------------------------------------------------------------------------

@test "an ephemeral volume" {
    bundle
    mkdir -p vol/sub
    touch vol/sub/file vol/other
    chmod 1777 vol
    before=$(sum_of vol)
    mnt /v overlay overlay lowerdir="$B/vol" ephemeral nosuid
    gosh 'rm -r /v/sub && touch /v/new && ls -A /v; stat -c %a /v; grep -c " /v rw,nosuid," /proc/self/mountinfo'
    ok
    out $'new\nother\n1777\n1'
    [ "$(sum_of vol)" = "$before" ]
}

@test "FS-30: layers of a volume are opened as the caller, where root of the container is somebody else" {
    local first
    need_ids
    bundle
    first=$(awk -F: -v u="$(id -un)" '$1 == u { print $2; exit }' /etc/subuid)
    cfg --argjson first "$first" '
        .linux.uidMappings = [{containerID: 0, hostID: $first, size: 1000}] |
        .linux.gidMappings = [{containerID: 0, hostID: $first, size: 1000}]'
    mkdir -p home/low home/top rootfs/v rootfs/w rootfs/x
    echo low | tee home/low/file home/low/lower >/dev/null
    echo top >home/top/file
    chmod 700 home
    mnt /w overlay overlay lowerdir="$B/home/top:$B/home/low"
    mnt /x overlay overlay lowerdir="$B/home/low"
    gosh 'cat /w/file /w/lower /x/file'
    rc 0
    out $'top\nlow\nlow'
    mnt /v overlay overlay lowerdir="$B/home/top:$B/home/low" ephemeral
    gosh 'cat /v/file /v/lower'
    # Its layer is on a disk, before Linux 6.6, which only the caller may write.
    if newer_than 6 6; then
        rc 0
        out $'top\nlow'
    else
        refused 'the container cannot write an upper layer of yours'
    fi
}

@test "a volume made of what lies in the root directory, over which layers are" {
    bundle
    mkdir -p rootfs/home/data low/home/data
    echo root >rootfs/home/data/file
    echo over >low/home/data/file
    ephemeral
    lowers low
    mnt /v overlay overlay lowerdir="$B/rootfs/home/data" ephemeral
    gosh 'cat /v/file; echo new >/v/file; cat /home/data/file'
    ok
    out $'root\nover'
}

# ---- in each other -------------------------------------------------------------------------

@test "buildah 867, 1831: an ephemeral root in an ephemeral root, and the third is refused with the reason" {
    bundle
    all_caps
    cp "$RCRUN" rootfs/bin/rcrun
    go rcrun --version
    [ "$status" -eq 0 ] || skip 'this rcrun needs libraries'
    cp -a rootfs base
    mkdir -p rootfs/two base/three
    cp -a base rootfs/two/root
    rm -r base/three
    mv base rootfs/two/root/three/root
    jq '.root.path = "root" | del(.linux.uidMappings, .linux.gidMappings)
        | .process.args = ["sh", "-c", "echo two >/new; cat /new; cd /three && rcrun run --ephemeral three"]' \
        config.json >rootfs/two/config.json
    jq '.process.args = ["sh", "-c", "echo three >/new; cat /new"]' rootfs/two/config.json \
        >rootfs/two/root/three/config.json
    gosh 'cd /two && rcrun run --ephemeral two'
    has two
    # Before, a tmpfs takes no upper layer, nor does an overlay, which is all that there is in two.
    if ! newer_than 6 6; then
        rc 1
        says 'no directory for the upper layer: /var/tmp, on overlay'
        says 'use --overlay-driver=fuse'
        return
    fi
    ok
    has $'two\nthree'
    ephemeral
    gosh 'cd /two && rcrun run --ephemeral two'
    rc 1
    has two
    lacks three
    says 'no more than two overlays lie on each other'
    gosh 'cd /two && rcrun run --upper up two'
    rc 1
    says 'not supported as upperdir'
    says 'use a directory on another disk'
}
