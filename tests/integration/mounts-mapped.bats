#!/usr/bin/env bats
# Mounts with id maps of their own.

load lib
load mounts

# The first subordinate ids.
subs() {
    need_ids
    sub=$(awk -F: -v user="$(id -un)" '$1 == user { print $2; exit }' /etc/subuid)
    gsub=$(awk -F: -v user="$(id -un)" '$1 == user { print $2; exit }' /etc/subgid)
}

need_mapped_tmpfs() {
    newer_than 6 3 || skip 'Linux 6.3 is the first that maps the ids of a tmpfs'
}

# Ranges of mounts[4], as CONTAINERID:HOSTID:SIZE.
maps() { # uid|gid RANGE...
    edit '.mounts[4][$ARGS.positional[0] + "Mappings"] = [$ARGS.positional[1:][] | split(":") | map(tonumber)
        | {containerID: .[0], hostID: .[1], size: .[2]}]' "$@"
}

is_mapped='grep " /m " /proc/self/mountinfo | grep -o idmapped'

# ---- a new tmpfs ---------------------------------------------------------------------------

@test "a tmpfs shows the owners that its mappings say" {
    need_mapped_tmpfs
    bundle
    subs
    mnt /m tmpfs tmpfs mode=777 uid=3 gid=4 idmap
    # sub + 9 is 10 in the container.
    maps uid "3:$((sub + 9)):2"
    maps gid "4:$((gsub + 19)):1"
    gosh 'stat -c "%u:%g %a" /m; '"$is_mapped"
    ok
    out $'10:20 777\nidmapped'
    # The words change nothing of that: it has nothing below.
    for words in '["mode=777", "uid=3", "gid=4"]' '["mode=777", "uid=3", "gid=4", "ridmap"]'; do
        cfg --argjson w "$words" '.mounts[4].options = $w'
        gosh 'stat -c "%u:%g %a" /m; '"$is_mapped"
        ok
        out $'10:20 777\nidmapped'
    done
}

@test "what is made in a mapped tmpfs goes the other way, and who is not in the map makes nothing" {
    need_mapped_tmpfs
    bundle
    subs
    mnt /m tmpfs tmpfs mode=777
    maps uid "0:$(id -u):1" "1:$((sub + 99)):1"
    maps gid "0:$(id -g):1" "1:$((gsub + 99)):1"
    caps CAP_SETUID CAP_SETGID CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER
    gosh 'stat -c %u:%g /m; touch /m/root; chown 100:100 /m/root; stat -c %u:%g /m/root
        setpriv --reuid 100 --regid 100 --clear-groups touch /m/file 2>/dev/null || chroot --userspec=100:100 / touch /m/file 2>/dev/null
        chown 5:5 /m/root 2>&1; touch /m/x; stat -c %u:%g /m/x'
    rc 0
    line 0:0
    line 100:100
    has 'Value too large'
}

@test "idmap alone changes nothing of a tmpfs: its ids are those of the container anyway" {
    bundle
    for word in idmap ridmap; do
        mnt /m tmpfs tmpfs mode=777 "$word"
        gosh 'touch /m/x; chown 7:8 /m/x; stat -c %u:%g /m /m/x; ! '"$is_mapped"
        ok
        out $'0:0\n7:8'
        cfg 'del(.mounts[4])'
    done
}

@test "tmpcopyup, ro and flags of a mapped tmpfs" {
    need_mapped_tmpfs
    bundle
    subs
    mkdir rootfs/m
    touch rootfs/m/file
    mnt /m tmpfs tmpfs tmpcopyup ro nosuid noexec
    maps uid "0:$((sub + 4)):1"
    maps gid "0:$((gsub + 4)):1"
    gosh 'stat -c "%n %u:%g" /m /m/file; cat /proc/self/mountinfo'
    ok
    line '/m 5:5'
    line '/m/file 5:5'
    options /m ro nosuid noexec idmapped
}

@test "the maps of keep-id, and of create and start" {
    need_mapped_tmpfs
    bundle
    subs
    mnt /m tmpfs tmpfs mode=777
    maps uid "0:$(id -u):1"
    maps gid "0:$(id -g):1"
    OPTIONS=(--userns keep-id)
    cfg --argjson u "$(id -u)" --argjson g "$(id -g)" '.process.user = {uid: $u, gid: $g}'
    gosh 'stat -c %u:%g /m; touch /m/x; stat -c %u:%g /m/x'
    ok
    out "$(id -u):$(id -g)"$'\n'"$(id -u):$(id -g)"
    cfg '.process.user = {uid: 0, gid: 0}'
    args sh -c 'stat -c %u:%g /m >/m/../answer'
    lives create "$ID"
    ok
    rcrun start "$ID"
    ok
    until_ok 5 test -s rootfs/answer
    is "$(cat rootfs/answer)" 0:0
    rcrun delete --force "$ID"
    ok
}

@test "a map with one id only" {
    need_mapped_tmpfs
    bundle
    one_id
    mnt /m tmpfs tmpfs mode=777 uid=0
    maps uid "0:$(id -u):1"
    maps gid "0:$(id -g):1"
    gosh 'touch /m/x; stat -c %u:%g /m/x; '"$is_mapped"
    ok
    out $'0:0\nidmapped'
}

# ---- what is bound -------------------------------------------------------------------------

@test "a user cannot map the ids of a file system of the host, and is told what to do instead" {
    bundle
    subs
    source_dir
    fuse_start src fuse
    for source in src fuse /dev/pts /dev/null; do
        mnt /m none "$source" bind idmap
        go true
        refused 'mounts[4].options' 'file system of the host' root
        hint keep-id
        hint 'rcrun unshare chown'
        maps uid "0:$(id -u):1"
        maps gid "0:$(id -g):1"
        go true
        refused 'mounts[4].uidMappings' 'file system of the host' root
        cfg 'del(.mounts[4])'
    done
    fuse_end
}

@test "root of a user namespace maps what was mounted there" {
    need_mapped_tmpfs
    bundle
    need_mapped
    source_dir
    mkdir -p src/sub
    host 'mount -t tmpfs -o mode=755 src src; mkdir src/sub; touch src/file; chown 3:4 src/file
        mount -t tmpfs sub src/sub; touch src/sub/file; chown 3:4 src/sub/file'
    without user
    for words in 'rbind idmap' 'rbind ridmap' 'bind idmap'; do
        # shellcheck disable=SC2086 # words
        mnt /m none src $words
        maps uid 0:100:10
        maps gid 0:200:10
        gosh 'stat -c "%n %u:%g" /m /m/file /m/sub/file 2>/dev/null; : '
        ok
        case $words in
        'rbind idmap') out $'/m 100:200\n/m/file 103:204\n/m/sub/file 3:4' ;;
        'rbind ridmap') out $'/m 100:200\n/m/file 103:204\n/m/sub/file 103:204' ;;
        'bind idmap') out $'/m 100:200\n/m/file 103:204' ;;
        esac
        cfg 'del(.mounts[4])'
    done
}

@test "root of a user namespace, whose container has another one" {
    need_mapped_tmpfs
    bundle
    need_mapped
    host 'mount -t tmpfs -o mode=755 src src; mkdir src/sub; touch src/file; chown 3:4 src/file'
    mkdir src
    # The maps of the container, as ids on disk.
    cfg '.linux.uidMappings = [{containerID: 0, hostID: 1000, size: 500}] | .linux.gidMappings = .linux.uidMappings'
    host "$HOST; chown -R 1000:1000 rootfs"
    mnt /m none src bind idmap
    gosh 'stat -c "%n %u:%g" /m /m/file; touch /m/new; stat -c %u:%g /m/new'
    ok
    out $'/m 0:0\n/m/file 3:4\n0:0'
    # A file, and others below it.
    cfg '.mounts[4].source = "src/file" | .mounts[4].destination = "/f" | .mounts[4].options += ["ro"]'
    maps uid 3:1050:1
    maps gid 4:1060:1
    gosh 'stat -c %u:%g /f'
    ok
    out 50:60
}

@test "what the kernel cannot map is told with its reason" {
    bundle
    need_mapped
    source_dir
    mkdir up work merged pts
    without user
    host 'mount -t overlay -o lowerdir=src,upperdir=up,workdir=work,userxattr merged merged
        mount -t devpts pts pts; mount -t tmpfs tmp work; mkdir work/proc; mount --rbind /proc work/proc'
    for source in merged pts; do
        mnt /m none "$source" bind idmap
        maps uid 0:0:10
        maps gid 0:0:10
        go true
        refused 'mounts[4]' "$source" 'invalid argument'
        hint 'cannot map ids'
        cfg 'del(.mounts[4])'
    done
    # Of the host's root.
    mnt /m none src bind idmap
    maps uid 0:0:10
    maps gid 0:0:10
    go true
    refused 'mounts[4]' src 'operation not permitted'
    hint 'more power'
    # Where one below the top cannot, nothing is mounted.
    cfg '.mounts[4].source = "work" | .mounts[4].options = ["rbind", "ridmap"]'
    go true
    refused 'mounts[4]' work
    newer_than 6 3 || return 0
    cfg '.mounts[4].options = ["rbind", "idmap"]'
    go true
    ok
}

# ---- errors --------------------------------------------------------------------------------

@test "mappings that make no sense are refused before anything is done" {
    bundle
    subs
    mnt /m tmpfs tmpfs
    maps gid "0:$(id -g):1"
    go true
    refused 'mounts[4].uidMappings' 'is missing'
    maps uid "0:$(id -u):1" "0:$sub:1"
    go true
    refused 'mounts[4].uidMappings[1]' overlaps
    maps uid "0:$(id -u):0"
    go true
    refused 'mounts[4].uidMappings[0].size'
    maps uid "0:$(id -u):1"
    cfg '.mounts[4].options = ["idmap", "ridmap"]'
    go true
    refused 'mounts[4].options' exclude
    cfg '.mounts[4].options = ["remount"] | .mounts[4].destination = "/dev"'
    go true
    refused 'mounts[4].uidMappings' remount
    for type in proc sysfs devpts mqueue overlay ramfs; do
        cfg --arg t "$type" '.mounts[4] |= (.options = [] | .destination = "/m" | .type = $t | .source = $t)'
        go true
        refused 'mounts[4].uidMappings' 'a bind or a tmpfs' "$type"
    done
}

@test "an id that the container does not have cannot be mapped to" {
    bundle
    subs
    mnt /m tmpfs tmpfs
    maps gid "0:$(id -g):1"
    for id in 0 1 $((sub - 1)) 4000000000; do
        maps uid "0:$(id -u):1" "1:$id:1"
        go true
        refused 'mounts[4].uidMappings[1]' "host id $id" 'does not exist in the container'
    done
}

@test "root of a user namespace gets no ids by a map that the namespace does not have" {
    need_mapped_tmpfs
    bundle
    need_mapped
    without user
    mkdir src
    host 'mount -t tmpfs -o mode=777 src src'
    mnt /m none src bind
    maps uid 0:70000:1
    maps gid 0:0:1
    go true
    refused 'mounts[4].uidMappings[0]' 'host id 70000' 'does not exist in this user namespace'
    # Nor on disk.
    mnt /raw none src bind
    for id in 70000 999; do
        maps uid 0:5:1 "$id:0:1"
        gosh 'touch /m/x; stat -c %u:%g /m/x /raw/x'
        case $id in
        999) ok && out $'0:0\n999:0' ;;
        *) rc 1 && says 'Value too large' ;;
        esac
    done
}

@test "a config with mappings comes out of --print-config as it is, and explain shows the map" {
    bundle
    subs
    mnt /m tmpfs tmpfs mode=777 idmap
    maps uid "0:$((sub + 9)):2"
    maps gid "0:$((gsub + 9)):2"
    rcrun run --print-config "$ID"
    ok
    is "$(jq -S .mounts <<<"$output")" "$(jq -S .mounts config.json)"
    rcrun explain
    has 'make_mapping uids=0:10:2 gids=0:10:2'
}
