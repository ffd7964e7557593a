#!/usr/bin/env bats
# Bundles out of images: OCI layouts, archives of them, and those of docker save.

load lib
load unpack

setup() {
    integration_setup
    need_mapped
    need_helper
}

# Layers of a busybox, two files and a user; compressed as the name says.
layers() {
    cp -a "$BATS_FILE_TMPDIR/base" one
    mkdir -p one/etc one/srv
    printf '%s\n' root:x:0:0::/root:/bin/sh app:x:77:88::/srv:/bin/sh >one/etc/passwd
    printf '%s\n' root:x:0: app:x:88: log:x:5:app,root web:x:6:other,app >one/etc/group
    mkdir -p two/srv
    echo second >two/srv/two
    tar "${AS_ROOT[@]}" -C one -cf one.tar .
    tar "${AS_ROOT[@]}" -C two -cf two.tar srv
}

# ---- what an image says --------------------------------------------------------------------

@test "oci: an image is unpacked and runs as it says" {
    layers
    gzip -k one.tar
    zstd -q two.tar
    layout image '{"config": {"User": "app", "Env": ["A=b c", "PATH=/bin"], "Entrypoint": ["sh", "-c"],
        "Cmd": ["id -u; id -G; pwd; echo $A; cat two"], "WorkingDir": "/srv", "StopSignal": "SIGQUIT",
        "ExposedPorts": {"80/tcp": {}, "53/udp": {}}}}' one.tar.gz two.tar.zst
    unpack oci:image b
    ok
    cd b
    rcrun run --net none "$ID"
    ok
    out $'77\n88 5 6\n/srv\nb c\nsecond'
    is "$(jq -c '.annotations | [.["org.opencontainers.image.stopSignal"], .["org.opencontainers.image.exposedPorts"]]' config.json)" \
        '["SIGQUIT","80/tcp,53/udp"]'
}

@test "oci: users by name and number, with and without a group" {
    local word want
    layers
    while read -r word want; do
        layout image "$(jq -nc --arg u "${word%-}" '{config: {User: $u}}')" one.tar
        unpack oci:image b
        ok
        is "$word $(jq -r '.process.user | "\(.uid):\(.gid):\(.additionalGids // [] | join(","))"' b/config.json)" "$word $want"
        rm -rf b
    done <<'WORDS'
- 0:0:5
app 77:88:5,6
app:log 77:5:
77 77:88:5,6
1234 1234:0:
1234:app 1234:88:
5:6 5:6:
root 0:0:5
:web 0:6:
WORDS
    for word in nobody app:nobody 4294967295 -1; do
        layout image "$(jq -nc --arg u "$word" '{config: {User: $u}}')" one.tar
        unpack oci:image b
        refused 'config.User: '
        gone b
    done
}

@test "oci: an image without a config of its own gets a shell" {
    layers
    layout image '{}' one.tar
    unpack oci:image:one b
    ok
    is "$(jq -c '[.process.args, .process.cwd, .process.user]' b/config.json)" '[["/bin/sh"],"/",{"uid":0,"gid":0,"additionalGids":[5]}]'
    layout image '{"config": {"Cmd": null, "Env": null, "WorkingDir": "srv", "User": ""}}' one.tar
    unpack oci:image:one c
    ok
    is "$(jq -c '[.process.args, .process.cwd]' c/config.json)" '[["/bin/sh"],"/srv"]'
}

@test "oci: what is no variable is left out, with a warning" {
    layers
    layout image '{"config": {"Env": ["", "ALONE", "=x", "A=b"]}}' one.tar
    unpack oci:image:one b
    rc 0
    says 'config.Env: "" is no NAME=VALUE'
    says 'config.Env: "ALONE" is no NAME=VALUE'
    says 'config.Env: "=x" is no NAME=VALUE'
    is "$(jq -c '.process.env - ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"]' \
        b/config.json)" '["A=b"]'
}

@test "oci: a hostile passwd does not keep it" {
    local kind
    layers
    for kind in fifo link far; do
        rm -f one/etc/passwd
        case $kind in
        fifo) mkfifo one/etc/passwd ;;
        link) ln -s /etc/passwd one/etc/passwd ;;
        far) ln -s ../../../../../../../../../etc/passwd one/etc/passwd ;;
        esac
        tar "${AS_ROOT[@]}" -C one -cf one.tar .
        layout image '{"config": {"User": "'"$(id -un)"'"}}' one.tar
        unpack oci:image b
        refused 'is not in /etc/passwd of the image'
        gone b
    done
}

# ---- layers --------------------------------------------------------------------------------

@test "layers: whiteouts, opaque directories, and changes of kind" {
    craft 1.tar <<'PYTHON'
for d in ('a', 'a/sub', 'b', 'c', 'etc', 'dir', 'full', 'full/x'): add(d, DIR)
add('a/f'); add('a/sub/f'); add('b/f'); add('c/x'); add('c/y'); add('dir/in'); add('file'); add('link', SYM, link='etc')
add('etc/keep', data=b'1'); add('full/x/y'); add('hard', data=b'h'); add('hard2', LINK, link='hard')
PYTHON
    # The marker of a directory before, after and in the midst of what is new in it.
    craft 2.tar <<'PYTHON'
add('a', DIR, mode=0o700); add('a/new'); add('a/.wh..wh..opq'); add('a/new2')
add('c/.wh.x'); add('.wh.b'); add('.wh.nothing'); add('none/.wh.x')
add('dir', data=b'now a file'); add('file', DIR); add('file/in'); add('link', DIR); add('link/in')
add('full', SYM, link='etc'); add('hard', data=b'other')
PYTHON
    layout image '{}' 1.tar 2.tar
    unpack oci:image b
    fine
    is "$(tree b/rootfs | cut -d' ' -f 1,4,5)" "$(printf '%s\n' 'd a ' 'f a/new ' 'f a/new2 ' 'd c ' 'f c/y ' 'f dir ' 'd etc ' \
        'f etc/keep ' 'd file ' 'f file/in ' 'l full etc' 'f hard ' 'f hard2 ' 'd link ' 'f link/in ')"
    is "$(content b/rootfs hard)" other
    is "$(content b/rootfs hard2)" h
    is "$(mapped stat -c %a b/rootfs/a)" 700
}

@test "layers: a whiteout is for what lies below, not for its own layer" {
    craft 1.tar <<'PYTHON'
add('d', DIR); add('d/old'); add('d/sub', DIR); add('d/sub/old'); add('f', data=b'1')
PYTHON
    craft 2.tar <<'PYTHON'
add('d/sub/new'); add('d/new', data=b'2'); add('d/.wh.new'); add('.wh.d'); add('f', data=b'2'); add('.wh.f')
PYTHON
    craft 3.tar <<'PYTHON'
add('d/sub/.wh..wh..opq'); add('.wh.f')
PYTHON
    layout image '{}' 1.tar 2.tar
    unpack oci:image b
    fine
    is "$(tree b/rootfs | cut -d' ' -f 4)" $'d\nd/new\nd/sub\nd/sub/new\nf'
    is "$(content b/rootfs f)" 2
    layout image '{}' 1.tar 2.tar 3.tar
    unpack oci:image c
    fine
    is "$(tree c/rootfs | cut -d' ' -f 4)" $'d\nd/new\nd/sub'
}

@test "layers: a directory keeps its time when only something in it changes" {
    craft 1.tar <<'PYTHON'
add('d', DIR, mtime=1111111111); add('d/x'); add('d/e', DIR, mtime=1222222222); add('d/e/y')
PYTHON
    craft 2.tar <<'PYTHON'
add('d/e/new'); add('d/.wh.x')
PYTHON
    layout image '{}' 1.tar 2.tar
    unpack oci:image b
    fine
    is "$(stat -c '%Y %n' b/rootfs/d b/rootfs/d/e)" $'1111111111 b/rootfs/d\n1222222222 b/rootfs/d/e'
}

@test "layers: links of lower ones lead on, and stay inside" {
    craft 1.tar <<'PYTHON'
add('usr', DIR); add('usr/bin', DIR); add('bin', SYM, link='usr/bin'); add('abs', SYM, link='/usr/bin'); add('up', SYM, link='../../../usr')
PYTHON
    craft 2.tar <<'PYTHON'
add('bin/a', data=b'a'); add('abs/b', data=b'b'); add('up/c', data=b'c'); add('up/bin/.wh.nothing'); add('dangling/d')
PYTHON
    layout image '{}' 1.tar 2.tar
    unpack oci:image b
    fine
    is "$(tree b/rootfs | cut -d' ' -f 1,4)" "$(printf '%s\n' 'l abs' 'l bin' 'd dangling' 'f dangling/d' 'l up' 'd usr' 'd usr/bin' \
        'f usr/bin/a' 'f usr/bin/b' 'f usr/c')"
}

@test "layers: other whiteouts are refused; in a plain tar archive they are files" {
    local name
    for name in .wh. .wh..wh.plnk .wh..wh.aufs .wh... .wh..; do
        echo "add('f'); add('d/$name')" | craft 1.tar
        layout image '{}' 1.tar 1.tar
        unpack oci:image b
        refused "d/$name: no whiteout that is known"
        gone b
        unpack tar:1.tar b
        fine
        [ -e "b/rootfs/d/$name" ]
        rm -rf b
    done
}

# ---- what is not as it should be -----------------------------------------------------------

@test "digests: one flipped byte of any blob is refused, and nothing of it stays" {
    local file at byte
    layers
    gzip -k two.tar
    layout image '{"config": {"Cmd": ["sh"]}}' one.tar two.tar.gz
    for file in image/blobs/sha256/*; do
        cp "$file" saved
        for at in 3 $(($(stat -c %s saved) / 2)) $(($(stat -c %s saved) - 1)); do
            byte=$(od -An -tu1 -j "$at" -N 1 saved)
            # shellcheck disable=SC2059 # a byte
            printf "\\x$(printf %x $((byte ^ 1)))" | dd of="$file" bs=1 seek="$at" conv=notrunc 2>/dev/null
            unpack oci:image b
            refused "image/blobs/sha256/${file##*/} is not what it should be: its sha256 is $(sha256sum "$file" | cut -d' ' -f1)"
            gone b
            cp saved "$file"
        done
        truncate -s -1 "$file"
        unpack oci:image b
        refused "${file##*/} has " ' bytes, not '
        echo >>saved
        cp saved "$file"
        unpack oci:image b
        refused "${file##*/} has " ' bytes, not '
        truncate -s -1 "$file"
    done
    unpack oci:image b
    ok
}

@test "digests: of docker save's layers without compression, and of its config" {
    layers
    docker_archive image.tar '{"config": {"Cmd": ["sh", "-c", "cat /srv/two"]}}' one.tar two.tar
    unpack docker-archive:image.tar b
    ok
    cd b
    rcrun run --net none "$ID"
    ok
    out second
    cd ..
    for file in 1/layer.tar 2/layer.tar "$(basename image.tar.d/*.json)"; do
        [ "$file" != manifest.json ] || continue
        cp -a image.tar.d other
        printf x | dd of="other/$file" bs=1 seek=3 conv=notrunc 2>/dev/null
        tar -C other -cf other.tar .
        unpack docker-archive:other.tar c
        refused 'is not what it should be: its sha256 is'
        gone c
        rm -rf other
    done
}

@test "digests: a layer of docker save may be compressed, or a link to another" {
    layers
    docker_archive image.tar '{}' one.tar two.tar
    cd image.tar.d
    gzip -c 2/layer.tar >2/new
    mv 2/new 2/layer.tar
    mkdir 3
    mv 1/layer.tar 3/layer.tar
    ln -s ../3/layer.tar 1/layer.tar
    cd ..
    tar -C image.tar.d -cf image.tar .
    unpack docker-archive:image.tar:box:new b
    ok
    is "$(content b/rootfs srv/two)" second
    unpack docker-archive:image.tar:other c
    refused 'no image with the tag other'
    hint box:new
}

@test "images: several tags are named, several machines are told apart" {
    layers
    layout image '{"config": {"Cmd": ["first"]}}' one.tar
    cp -a image other
    layout image '{"config": {"Cmd": ["second"]}}' one.tar
    cp -n other/blobs/sha256/* image/blobs/sha256/
    tag image two "$(jq -c '.manifests[0] | del(.annotations)' other/index.json)"
    tag image a:b "$(jq -c '.manifests[0] | del(.annotations)' other/index.json)"
    unpack oci:image b
    refused 'image/index.json: has 3 images'
    hint 'one, two, a:b'
    unpack oci:image:three b
    refused 'no image with the tag three'
    unpack oci:image:a:b b
    ok
    is "$(jq -c .process.args b/config.json)" '["first"]'
    unpack oci:image:one c
    ok
    is "$(jq -c .process.args c/config.json)" '["second"]'
    # One image for several machines, by an index of its own.
    jq -c --arg a "$(machine)" '{schemaVersion: 2, manifests: [
        (.manifests[0] | del(.annotations) | .platform = {os: "linux", architecture: "other"}),
        (.manifests[1] | del(.annotations) | .platform = {os: "linux", architecture: $a}),
        (.manifests[0] | del(.annotations) | .platform = {os: "plan9", architecture: $a})]}' image/index.json >many
    rm image/index.json
    tag image many "$(blob image many application/vnd.oci.image.index.v1+json)"
    unpack oci:image d
    ok
    is "$(jq -c .process.args d/config.json)" '["first"]'
    jq -c '.manifests |= [.[0]]' many >few
    rm image/index.json
    tag image few "$(blob image few application/vnd.oci.image.index.v1+json)"
    unpack oci:image e
    refused "no image for linux/$(machine); there is linux/other"
}

@test "images: what is none is refused with the reason" {
    local name
    layers
    layout image '{}' one.tar
    cp -a image good
    change() { # FILTER: of the manifest
        rm -rf image
        cp -a good image
        jq -c "$1" image.manifest >changed
        rm image/index.json
        tag image one "$(blob image changed application/vnd.oci.image.manifest.v1+json)"
        unpack oci:image b
    }
    change '.layers[0].mediaType = "application/vnd.oci.image.layer.v1.tar+encrypted"'
    refused 'layers[0].mediaType: application/vnd.oci.image.layer.v1.tar+encrypted'
    change '.config.mediaType = "application/vnd.wasm.config"'
    refused 'config.mediaType: application/vnd.wasm.config is no image'
    change 'del(.config)'
    refused 'config is missing'
    change '.layers[0].digest = "sha512:abc"'
    refused 'digest "sha512:abc" is none of sha256'
    change '.layers[0].digest = "sha256:../../../../etc/passwd"'
    refused 'is none of sha256'
    change '.layers[0].digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000"'
    refused 'no such file or directory'
    change '.layers = [.layers[0] | . as $l | range(501) | $l]'
    refused '501 layers, more than 500'
    change '.layers[0].size = -1'
    refused 'layers[0].size'
    gone b
    rm -rf image
    cp -a good image
    echo '{"manifests": [' >image/index.json
    unpack oci:image b
    refused image/index.json:
    echo '{"manifests": []}' >image/index.json
    unpack oci:image b
    refused 'names no image'
    rm image/index.json
    unpack oci:image b
    refused 'image/index.json: no such file or directory'
    mkfifo image/index.json
    unpack oci:image b
    refused 'image/index.json: not a regular file'
    rm image/index.json
    ln -s /etc/passwd image/index.json
    unpack oci:image b
    refused 'image/index.json'
    gone b
}

@test "images: an archive of one is read to and fro, so it must be a file" {
    layers
    gzip -k two.tar
    layout image '{"config": {"Cmd": ["cat", "/srv/two"]}}' one.tar two.tar.gz
    tar -C image -cf image.tar .
    unpack oci-archive:image.tar b
    ok
    cd b
    rcrun run --net none "$ID"
    ok
    out second
    cd ..
    unpack oci-archive:image.tar:one c
    ok
    unpack oci-archive:image.tar:two d
    refused 'no image with the tag two'
    gzip image.tar
    unpack oci-archive:image.tar.gz d
    refused image.tar.gz
    hint 'a tar file that is not compressed'
    mkfifo pipe
    { timeout 5 cat image.tar.gz >pipe & }
    unpack oci-archive:pipe d
    refused 'must be a file'
    gone d
}

# ---- what others make ----------------------------------------------------------------------

@test "skopeo: what it copies is unpacked" {
    command -v skopeo >/dev/null || skip 'needs skopeo'
    layers
    gzip -k one.tar
    gzip -k two.tar
    layout image '{"config": {"Cmd": ["cat", "/srv/two"]}}' one.tar.gz two.tar.gz
    mkdir policy
    echo '{"default": [{"type": "insecureAcceptAnything"}]}' >policy/policy.json
    for form in oci:out:new oci-archive:out.tar:new docker-archive:docker.tar:box:new; do
        skopeo --policy policy/policy.json copy -q oci:image:one "$form" || skip 'skopeo does not work here'
        unpack "$form" b
        ok
        cd b
        rcrun run --net none "$ID"
        ok
        out second
        cd ..
        rm -rf b
    done
}

@test "umoci: the tree is the same, device nodes apart" {
    command -v umoci >/dev/null || skip 'needs umoci'
    layers
    craft more.tar <<'PYTHON'
add('srv/x', DIR, mode=0o500, uid=33, mtime=1111111111); add('srv/x/y', mode=0o4755, uid=33, gid=42, data=b'y')
add('srv/l', SYM, link='x'); add('srv/h', LINK, link='srv/x/y'); add('srv/p', FIFO, mode=0o600)
add('bin/.wh.vi'); add('home/.wh..wh..opq'); add('home/new')
PYTHON
    gzip more.tar
    layout image '{}' one.tar more.tar.gz
    mapped umoci unpack --image image:one theirs 2>err || skip "umoci does not work here: $(cat err)"
    unpack oci:image b
    ok
    is "$(tree b/rootfs)" "$(tree theirs/rootfs)"
    is "$(mapped sh -c 'cd b/rootfs; find . ! -type d -printf "%P %T@\n" | sort')" \
        "$(mapped sh -c 'cd theirs/rootfs; find . ! -type d -printf "%P %T@\n" | sort')"
    mapped diff -r --no-dereference -x p b/rootfs theirs/rootfs
    mapped rm -rf theirs
}

@test "umoci: a bundle that it makes in rcrun unshare runs" {
    command -v umoci >/dev/null || skip 'needs umoci'
    layers
    layout image '{"config": {"Cmd": ["stat", "-c", "%u:%g", "/srv/two", "/srv"]}}' one.tar two.tar
    "$RCRUN" unshare umoci unpack --image image:one b 2>err || skip "umoci does not work here: $(cat err)"
    cd b
    rcrun run --net none --no-tty "$ID"
    rc 0
    out $'0:0\n0:0'
}
