# shellcheck shell=bash
# Archives and images, made here and without a network.  Needs lib.bash.

HELPER=${RCRUN%/*}/rcrun-unpack

# Owners as root's, whoever packs.
AS_ROOT=(--owner=0 --group=0 --numeric-owner)

need_helper() {
    [ -x "$HELPER" ] || skip 'rcrun-unpack is not built'
}

# A tar archive of any entries: a python program that calls
#   add(NAME, type=..., data=b'', mode=..., uid=..., gid=..., link=..., pax={...}, mtime=...)
# with types FILE, DIR, LINK (hard), SYM, FIFO, CHAR, BLOCK.
craft() { # FILE: the program is standard input
    command -v python3 >/dev/null || skip 'needs python3'
    {
        cat <<'PYTHON'
import io, sys, tarfile
FILE, DIR, LINK, SYM, FIFO, CHAR, BLOCK = (tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.LNKTYPE,
    tarfile.SYMTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE)
out = tarfile.open(sys.argv[1], 'w', format=tarfile.PAX_FORMAT)
def add(name, type=FILE, data=b'', mode=None, uid=0, gid=0, link='', pax={}, mtime=1000000000):
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname, entry.uid, entry.gid, entry.mtime = type, link, uid, gid, mtime
    entry.mode = (0o755 if type == DIR else 0o644) if mode is None else mode
    entry.size, entry.pax_headers = len(data), pax
    out.addfile(entry, io.BytesIO(data))
PYTHON
        cat
        echo 'out.close()'
    } | python3 - "$1"
}

# ---- images --------------------------------------------------------------------------------

blob() { # LAYOUT FILE TYPE: puts it there, prints its descriptor
    local sum
    sum=$(sha256sum <"$2")
    cp "$2" "$1/blobs/sha256/${sum%% *}"
    jq -nc --arg t "$3" --arg d "sha256:${sum%% *}" --argjson s "$(stat -c %s "$2")" '{mediaType: $t, digest: $d, size: $s}'
}

diff_id() { # LAYER
    local sum
    case $1 in
    *.gz) sum=$(gzip -dc "$1" | sha256sum) ;;
    *.zst) sum=$(zstd -dcq "$1" | sha256sum) ;;
    *) sum=$(sha256sum <"$1") ;;
    esac
    echo "\"sha256:${sum%% *}\""
}

media() { # LAYER
    case $1 in
    *.gz) echo application/vnd.oci.image.layer.v1.tar+gzip ;;
    *.zst) echo application/vnd.oci.image.layer.v1.tar+zstd ;;
    *) echo application/vnd.oci.image.layer.v1.tar ;;
    esac
}

# An OCI layout with one image of the tag "one".
layout() { # DIRECTORY CONFIG LAYER...
    local dir=$1 config=$2 layer
    shift 2
    rm -rf "$dir"
    mkdir -p "$dir/blobs/sha256"
    echo '{"imageLayoutVersion":"1.0.0"}' >"$dir/oci-layout"
    jq -c --argjson ids "$(for layer; do diff_id "$layer"; done | jq -sc .)" --arg a "$(machine)" \
        '. + {architecture: $a, os: "linux", rootfs: {type: "layers", diff_ids: $ids}}' <<<"$config" >"$dir.config"
    jq -nc --argjson c "$(blob "$dir" "$dir.config" application/vnd.oci.image.config.v1+json)" \
        --argjson l "$(for layer; do blob "$dir" "$layer" "$(media "$layer")"; done | jq -sc .)" \
        '{schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json", config: $c, layers: $l}' >"$dir.manifest"
    tag "$dir" one "$(blob "$dir" "$dir.manifest" application/vnd.oci.image.manifest.v1+json)"
}

# Adds an image to index.json.
tag() { # DIRECTORY TAG DESCRIPTOR
    [ -e "$1/index.json" ] || echo '{"schemaVersion":2,"manifests":[]}' >"$1/index.json"
    jq -c --arg t "$2" --argjson d "$3" '.manifests += [$d + {annotations: {"org.opencontainers.image.ref.name": $t}}]' \
        "$1/index.json" >"$1.index"
    cp "$1.index" "$1/index.json"
}

machine() {
    case $(uname -m) in
    x86_64) echo amd64 ;;
    aarch64) echo arm64 ;;
    *) uname -m ;;
    esac
}

# What docker save writes, of the same layers without compression.
docker_archive() { # FILE CONFIG LAYER...
    local file=$1 config=$2 layer dir=$1.d names=() i=0 sum
    shift 2
    rm -rf "$dir"
    mkdir "$dir"
    for layer; do
        i=$((i + 1))
        mkdir "$dir/$i"
        cp "$layer" "$dir/$i/layer.tar"
        names+=("$i/layer.tar")
    done
    jq -c --argjson ids "$(for layer; do diff_id "$layer"; done | jq -sc .)" \
        '. + {os: "linux", rootfs: {type: "layers", diff_ids: $ids}}' <<<"$config" >"$dir/config"
    sum=$(sha256sum <"$dir/config")
    mv "$dir/config" "$dir/${sum%% *}.json"
    jq -nc --arg c "${sum%% *}.json" '[{Config: $c, RepoTags: ["box:new"], Layers: $ARGS.positional}]' \
        --args "${names[@]}" >"$dir/manifest.json"
    tar -C "$dir" -cf "$file" .
}

# ---- what came out -------------------------------------------------------------------------

unpack() { # [OPTION...] SOURCE BUNDLE
    rcrun unpack "$@"
}

# It went well; what has no shell in it may say so.
fine() {
    rc 0
    [ -z "$(grep -v 'warning: no shell in it' <<<"$stderr")" ] || show 'wanted nothing else on standard error'
}

# Kind, mode, owner and name of all that is there, with contents of small files and links.
tree() { # ROOTFS
    mapped sh -c 'cd "$1" && find . -mindepth 1 -printf "%y %m %U:%G %P %l\n" | sort -k 4' sh "$1"
}

content() { # ROOTFS NAME
    mapped cat "$1/$2"
}

# Nothing of a bundle is there, nor anything beside it.
gone() { # BUNDLE
    [ ! -e "$1" ] || fail "$1 is left: $(ls -la "$1")"
}
