#!/usr/bin/env bats
# Who the container's ids are outside, and who writes the maps.

load lib

map() { # CONTAINER HOST SIZE...: both maps of the config
    edit '([$ARGS.positional[] | tonumber] | [_nwise(3) | {containerID: .[0], hostID: .[1], size: .[2]}]) as $m
        | .linux.uidMappings = $m | .linux.gidMappings = $m' "$@"
}

# The subordinate ids of who runs this.
first() { # FILE: first subordinate id
    awk -F: -v name="$(id -un)" -v uid="$(id -u)" '($1 == name || $1 == uid) && $3 > 0 { print $2; exit }' "$1"
}

total() { # FILE: how many there are
    awk -F: -v name="$(id -un)" -v uid="$(id -u)" '$1 == name || $1 == uid { n += $3 } END { print n + 0 }' "$1"
}

# uid_map as "0:1000:1,1:100000:65536"
show_map='tr -s " " <$f | sed "s/^ //; s/ $//" | tr " \n" ":,"; echo'

# ---- the default map -----------------------------------------------------------------------

@test "without mappings, root is the caller and the others are the subordinate ids" {
    need_ids
    bundle
    gosh 'cat /proc/self/uid_map; echo; cat /proc/self/gid_map'
    ok
    uids=$(sed '/^$/,$d' <<<"$output") gids=$(sed '1,/^$/d' <<<"$output")
    is "$(awk 'NR == 1 { print $1, $2, $3 }' <<<"$uids")" "0 $(id -u) 1"
    is "$(awk 'NR == 1 { print $1, $2, $3 }' <<<"$gids")" "0 $(id -g) 1"
    is "$(awk 'NR == 2 { print $1, $2 }' <<<"$uids")" "1 $(first /etc/subuid)"
    is "$(awk 'NR == 2 { print $1, $2 }' <<<"$gids")" "1 $(first /etc/subgid)"
    is "$(awk 'NR > 1 { n += $3 } END { print n }' <<<"$uids")" "$(total /etc/subuid)"
    is "$(awk 'NR > 1 { n += $3 } END { print n }' <<<"$gids")" "$(total /etc/subgid)"
}

@test "a file of uid 1000 in the container belongs to the right subordinate id outside" {
    need_ids
    bundle
    gosh 'touch /root-file; mkdir -m 777 /d; setpriv --reuid 1000 --regid 1000 --clear-groups touch /d/f 2>/dev/null ||
        { touch /d/f; chown 1000:1000 /d/f; }; stat -c %u:%g /d/f /root-file'
    ok
    out $'1000:1000\n0:0'
    is "$(stat -c %u:%g rootfs/root-file)" "$(id -u):$(id -g)"
    is "$(stat -c %u:%g rootfs/d/f)" "$(($(first /etc/subuid) + 999)):$(($(first /etc/subgid) + 999))"
    # And the other way round, where the program itself is uid 1000.
    user 1000
    caps
    gosh 'touch /d/g; stat -c %u:%g /d/g /root-file; id -u; id -g'
    ok
    out $'1000:1000\n0:0\n1000\n1000'
    is "$(stat -c %u:%g rootfs/d/g)" "$(($(first /etc/subuid) + 999)):$(($(first /etc/subgid) + 999))"
}

@test "what belongs to somebody else shows as nobody" {
    bundle
    mkdir rootfs/m
    mnt /m none /etc rbind ro
    go stat -c %u:%g /m/passwd
    ok
    out 65534:65534
}

# ---- one id --------------------------------------------------------------------------------

@test "a map of the own id alone needs no help of newuidmap" {
    bundle
    cfg --argjson u "$(id -u)" --argjson g "$(id -g)" '.linux.uidMappings = [{containerID: 0, hostID: $u, size: 1}]
        | .linux.gidMappings = [{containerID: 0, hostID: $g, size: 1}]'
    OPTIONS=(--dry-run)
    go true
    ok
    lacks start_map
    has write_map
    OPTIONS=()
    gosh 'id -u; id -g; awk "{print \$1, \$2, \$3}" /proc/self/uid_map /proc/self/gid_map; cat /proc/self/setgroups'
    ok
    out "0
0
0 $(id -u) 1
0 $(id -g) 1
deny"
}

@test "the own id may have any number inside" {
    bundle
    cfg --argjson u "$(id -u)" --argjson g "$(id -g)" '.linux.uidMappings = [{containerID: 1000, hostID: $u, size: 1}]
        | .linux.gidMappings = [{containerID: 1000, hostID: $g, size: 1}]'
    user 1000
    caps
    gosh 'id -u; id -g; touch /tmp/f; stat -c %u:%g /tmp/f /bin/busybox; grep CapEff /proc/self/status'
    ok
    out $'1000\n1000\n1000:1000\n1000:1000\nCapEff:\t0000000000000000'
    is "$(stat -c %u:%g rootfs/tmp/f)" "$(id -u):$(id -g)"
    user 0
    go true
    refused 'process.user.uid: uid 0 is not mapped'
}

@test "one id works where the helpers are missing" {
    need_mapped
    bundle
    # An ordinary user of another user namespace: nobody who could write other maps.
    HOST_AS=(unshare --user --map-user=5 --map-group=6 --map-auto --keep-caps --mount)
    host 'for f in newuidmap newgidmap; do
        f=$(command -v $f) && busybox mount -o bind /dev/null "$f"; done'
    PREFIX=(setpriv --bounding-set=-all --inh-caps=-all --ambient-caps=-all)
    cfg '.linux.uidMappings = [{containerID: 0, hostID: 5, size: 1}]
        | .linux.gidMappings = [{containerID: 0, hostID: 6, size: 1}]'
    gosh 'id -u; awk "{print \$1, \$2, \$3}" /proc/self/uid_map /proc/self/gid_map'
    ok
    out $'0\n0 5 1\n0 6 1'
    # Without a map in the config there is a warning, and one id.
    cfg 'del(.linux.uidMappings, .linux.gidMappings)'
    gosh 'awk "{print \$1, \$2, \$3}" /proc/self/uid_map'
    rc 0
    out '0 5 1'
    says 'warning: only one id is available: '
    is "$(grep -c . <<<"$stderr")" 1
    # And with one that needs them an error.
    cfg '.linux.uidMappings = [{containerID: 0, hostID: 5, size: 1}, {containerID: 1, hostID: 7, size: 1}]
        | .linux.gidMappings = [{containerID: 0, hostID: 6, size: 1}]'
    go true
    refused linux.uidMappings newuidmap
}

@test "root without CAP_SETFCAP cannot map itself, and is told" {
    need_mapped
    bundle
    host :
    PREFIX=(setpriv --bounding-set=-all --inh-caps=-all)
    map 0 0 1
    go true
    refused 'linux.uidMappings[0]' CAP_SETFCAP
}

@test "where no_new_privs takes the power of the helpers there is one id and a warning" {
    bundle
    PREFIX=(setpriv --no-new-privs)
    gosh 'id -u; wc -l </proc/self/uid_map'
    rc 0
    out $'0\n1'
    says 'rcrun: warning: only one id is available: '
    says no_new_privs
    is "$(grep -c . <<<"$stderr")" 1
    need_ids
    map 0 "$(id -u)" 1 1 "$(first /etc/subuid)" 10
    go true
    refused no_new_privs
}

@test "with one gid additional groups are a warning" {
    bundle
    cfg --argjson u "$(id -u)" --argjson g "$(id -g)" '.linux.uidMappings = [{containerID: 0, hostID: $u, size: 1}]
        | .linux.gidMappings = [{containerID: 0, hostID: $g, size: 1}] | .process.user.additionalGids = [5, 10]'
    go id -u
    rc 0
    out 0
    says 'warning: process.user.additionalGids: 5, 10: not set'
    is "$(grep -c . <<<"$stderr")" 1
}

# ---- explicit maps -------------------------------------------------------------------------

@test "explicit maps are taken as they are" {
    need_ids
    bundle
    uid=$(first /etc/subuid) gid=$(first /etc/subgid)
    cfg --argjson u "$(id -u)" --argjson g "$(id -g)" --argjson su "$uid" --argjson sg "$gid" '
        .linux.uidMappings = [{containerID: 0, hostID: $u, size: 1}, {containerID: 1, hostID: $su, size: 10},
            {containerID: 1000, hostID: ($su + 500), size: 3}]
        | .linux.gidMappings = [{containerID: 0, hostID: $g, size: 1}, {containerID: 7, hostID: $sg, size: 100}]'
    gosh "for f in /proc/self/uid_map /proc/self/gid_map; do $show_map; done"
    ok
    out "0:$(id -u):1,1:$uid:10,1000:$((uid + 500)):3,
0:$(id -g):1,7:$gid:100,"
}

@test "ten ranges, and a hundred" {
    need_ids
    [ "$(total /etc/subuid)" -ge 2000 ] && [ "$(total /etc/subgid)" -ge 2000 ] || skip 'too few subordinate ids'
    [ "$(first /etc/subuid)" = "$(first /etc/subgid)" ] || skip 'uids and gids begin differently'
    bundle
    for n in 10 100; do
        [ "$(id -u)" = "$(id -g)" ] || break
        ranges=(0 "$(id -u)" 1)
        for ((i = 1; i < n; i++)); do
            ranges+=($((10 * i)) $(($(first /etc/subuid) + 10 * i)) 3)
        done
        map "${ranges[@]}"
        gosh 'awk "{print \$1, \$2, \$3}" /proc/self/uid_map'
        ok
        is "$(sort -n <<<"$output")" "$(printf '%s %s %s\n' "${ranges[@]}" | sort -n)"
    done
    gosh 'awk "{print \$1, \$2, \$3}" /proc/self/gid_map | wc -l'
    out "$n"
}

@test "more ranges than the kernel takes are refused" {
    bundle
    edit '[range(341) | {containerID: (. * 2), hostID: (1000000 + . * 2), size: 1}] as $m
        | .linux.uidMappings = $m | .linux.gidMappings = $m'
    go true
    refused linux.uidMappings 341 340
}

@test "a map of other people's ids is refused, with the line to add" {
    bundle
    map 0 "$(id -u)" 1 1 3000000000 10
    go true
    refused 3000000000
    hint usermod
}

@test "ranges that overlap are both named" {
    bundle
    map 0 "$(id -u)" 1 0 100000 10
    go true
    refused 'linux.uidMappings[1]' 'uidMappings[0]'
    map 0 100000 10 20 100005 10
    go true
    refused 'linux.uidMappings[1]' 'uidMappings[0]'
}

@test "a user that has no number outside is refused by name" {
    need_ids
    bundle
    map 0 "$(id -u)" 1 1 "$(first /etc/subuid)" 10
    [ "$(first /etc/subuid)" = "$(first /etc/subgid)" ] && [ "$(id -u)" = "$(id -g)" ] || skip 'uids and gids differ'
    user 11 0
    go true
    refused 'process.user.uid: uid 11 is not mapped' "0:$(id -u):1"
    user 0 12
    go true
    refused 'process.user.gid: gid 12 is not mapped'
    user 0 0
    cfg '.process.user.additionalGids = [3, 4321]'
    go true
    refused 'process.user.additionalGids[1]: gid 4321 is not mapped'
    user 10 10
    caps
    cfg 'del(.process.user.additionalGids)'
    gosh 'id -u; id -g'
    ok
    out $'10\n10'
}

# ---- groups --------------------------------------------------------------------------------

@test "additional groups are exactly those of the config" {
    need_ids
    bundle
    user 1000 5
    caps
    cfg '.process.user.additionalGids = [5, 10, 3000]'
    go sed -n 's/^Groups:[ \t]*//p' /proc/self/status
    ok
    out '5 10 3000 '
    cfg '.process.user.additionalGids = []'
    go sed -n 's/^Groups:[ \t]*//p' /proc/self/status
    out ''
    cfg 'del(.process.user.additionalGids)'
    go sed -n 's/^Groups:[ \t]*//p' /proc/self/status
    out ''
}

@test "the caller's groups do not come along" {
    need_mapped
    bundle
    map 0 0 100
    host :
    PREFIX=(setpriv --groups 7,8,9)
    go sed -n 's/^Groups:[ \t]*//p' /proc/self/status
    ok
    out ''
}

# ---- in other namespaces -------------------------------------------------------------------

@test "root of another user namespace maps its own ids, and splits at their borders" {
    need_mapped
    bundle
    host :
    gosh "f=/proc/self/uid_map; $show_map"
    ok
    # Either its own subordinate ids, or, as here, all that it has.
    is "${output%%:*}" 0
    map 0 0 100
    gosh "for f in /proc/self/uid_map /proc/self/gid_map; do $show_map; done"
    ok
    out $'0:0:1,1:1:99,\n0:0:1,1:1:99,'
    map 0 0 4000000000
    go true
    refused 'linux.uidMappings[0]' 'does not exist in this user namespace'
}

@test "a container can run a container" {
    need_ids
    bundle
    case $(head -c 4000 "$RCRUN" | tr -d '\0') in *ld-linux*) skip 'rcrun is not static here' ;; esac
    cp -a "$B/rootfs" inner
    mkdir rootfs/inner
    mv inner rootfs/inner/rootfs
    cfg '.process.args = ["sh", "-c", "echo inner; id -u; cat /proc/sys/kernel/ostype; sleep 0; exit 7"]
        | .process.env = ["PATH=/bin"]'
    cp config.json rootfs/inner/
    mnt /bin/rcrun none "$RCRUN" bind ro
    all_caps
    cfg '.process.noNewPrivileges = false'
    gosh 'cd /inner && rcrun run inner'
    rc 7
    out $'inner\n0\nLinux'
}

@test "a place that only the mapped ids may enter is entered with the power over them" {
    # So podman keeps its root directories for --userns=keep-id.
    need_mapped
    bundle
    mkdir closed
    mv rootfs closed
    cfg '.root.path = "closed/rootfs" | .mounts += [{destination: "/m", source: "closed/rootfs/etc", options: ["bind"]}]
        | .linux.uidMappings = [{containerID: 0, hostID: 1, size: 1000}] | .linux.gidMappings = .linux.uidMappings'
    host 'chown -R 1:1 closed; chmod 700 closed'
    for _ in 1 2 3 4 5; do
        go sh -c 'id -u; cat /m/group >/dev/null'
        ok
        out 0
    done
}
