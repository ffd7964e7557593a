#!/usr/bin/env bats
# The caller keeps his id in the container: org.rcrun.userns, and the note about a root directory.

load lib

setup() {
    integration_setup
    need_ids
    UID_=$(id -u) GID_=$(id -g)
    SUB=$(awk -F: -v u="$(id -un)" '$1 == u { print $2; exit }' /etc/subuid)
    GSUB=$(awk -F: -v u="$(id -un)" '$1 == u { print $2; exit }' /etc/subgid)
}

userns() { # MAP [UID GID]: the program runs as that
    cfg --arg map "$1" '.annotations["org.rcrun.userns"] = $map'
    [ $# -eq 1 ] || user "$2" "$3"
}

keep() {
    userns keep-id "$UID_" "$GID_"
}

maps_of() { # "INSIDE OUTSIDE SIZE" a line, as the kernel shows it
    sed 's/^ *//; s/  */ /g' <<<"$output"
}

@test "the maps are those of the table, to the number" {
    bundle
    keep
    go cat /proc/self/uid_map
    ok
    is "$(maps_of)" "$(printf '%s\n' "0 $((SUB + UID_ - 1)) 1" "1 $SUB $((UID_ - 1))" "$UID_ $UID_ 1" \
        "$((UID_ + 1)) $((SUB + UID_)) $((65536 - UID_))")"
    go cat /proc/self/gid_map
    ok
    is "$(maps_of)" "$(printf '%s\n' "0 $((GSUB + GID_ - 1)) 1" "1 $GSUB $((GID_ - 1))" "$GID_ $GID_ 1" \
        "$((GID_ + 1)) $((GSUB + GID_)) $((65536 - GID_))")"
    userns keep-id:uid=33,gid=42 33 42
    go cat /proc/self/uid_map /proc/self/gid_map
    ok
    is "$(maps_of)" "$(printf '%s\n' "0 $((SUB + 32)) 1" "1 $SUB 32" "33 $UID_ 1" "34 $((SUB + 33)) 65503" \
        "0 $((GSUB + 41)) 1" "1 $GSUB 41" "42 $GID_ 1" "43 $((GSUB + 42)) 65494")"
}

# Files of a root directory that was made with the default map: only root's and the caller's
# change places.
owners() { # the owners of f0 f1 f42 fN fN+1 as the container sees them
    gosh 'cd /; for f in f0 f1 f42 fN fM; do stat -c %u:%g $f; done'
    ok
}

@test "owners: two change places, all others stay" {
    bundle
    n=$UID_ m=$((UID_ + 1))
    gosh "cd / && touch f0 f1 f42 fN fM && chown 1:1 f1 && chown 42:42 f42 && chown $n:$n fN && chown $m:$m fM"
    ok
    owners
    out "$(printf '%s\n' 0:0 1:1 42:42 $n:$n $m:$m)"
    keep
    owners
    out "$(printf '%s\n' "$UID_:$GID_" 1:1 42:42 0:0 $m:$m)"
    userns single 0 0
    owners
    out "$(printf '%s\n' 0:0 65534:65534 65534:65534 65534:65534 65534:65534)"
    userns keep-id:uid=42,gid=42 42 42
    owners
    out "$(printf '%s\n' 42:42 1:1 0:0 $n:$n $m:$m)"
    # What root of each makes.
    keep
    user 0 0
    gosh '>/made && stat -c %u:%g /made'
    ok
    out 0:0
    is "$(stat -c %u:%g rootfs/made)" "$((SUB + UID_ - 1)):$((GSUB + GID_ - 1))"
    # What the program makes is the caller's outside.
    keep
    gosh 'cd /tmp && >made && stat -c %u:%g made'
    ok
    out "$UID_:$GID_"
    is "$(stat -c %u:%g rootfs/tmp/made)" "$UID_:$GID_"
}

@test "an id that the default map does not have" {
    bundle
    userns keep-id:uid=70000 70000 "$GID_"
    gosh 'id -u; cat /proc/self/uid_map; >/tmp/f'
    ok
    is "$(maps_of)" "$(printf '%s\n' 70000 "0 $((SUB + 65535)) 1" "1 $SUB 65535" "70000 $UID_ 1")"
    is "$(stat -c %u rootfs/tmp/f)" "$UID_"
    userns keep-id:uid=0,gid=0 0 0
    go cat /proc/self/uid_map
    ok
    is "$(maps_of)" "$(printf '%s\n' "0 $UID_ 1" "1 $SUB 65536")"
}

@test "without map helpers only the caller is there, and not even root" {
    bundle
    keep
    PREFIX=(setpriv --no-new-privs)
    gosh 'id -u; cat /proc/self/uid_map; >/tmp/f; mount | grep -c " / "'
    rc 0
    is "$(maps_of)" "$(printf '%s\n' "$UID_" "$UID_ $UID_ 1" 1)"
    says 'warning: only one id is available: '
    is "$(stat -c %u rootfs/tmp/f)" "$UID_"
    user 0 0
    go true
    refused process.user.uid 'uid 0 is not mapped'
}

@test "a home of mode 0700 as a volume: what is made in it is the caller's" {
    bundle
    keep
    mkdir -m 700 ../home && mkdir ../home/src
    echo text >../home/src/file
    mnt /src bind "$BATS_TEST_TMPDIR/home/src" rbind rw
    gosh 'cd /src && cat file && stat -c %u:%g:%a file . && touch made && mkdir dir && rm file'
    ok
    is "$(sed -n 1,2p <<<"$output")" "text
$UID_:$GID_:644"
    is "$(stat -c %u:%g ../home/src/made ../home/src/dir | sort -u)" "$UID_:$GID_"
    [ ! -e ../home/src/file ]
    # A source that only a group may search, which is one of the caller's.
    mkdir -p ../group/in
    echo group >../group/in/file
    chmod 750 ../group
    mnt /group bind "$BATS_TEST_TMPDIR/group/in" bind ro
    go cat /group/file
    ok
    out group
}

@test "with the options it is one line, and the program is the caller" {
    mkdir -m 700 home && mkdir home/src root
    cp -a "$BATS_FILE_TMPDIR/base/." root
    rcrun run --rootfs root --net none -T --userns keep-id -v "$PWD/home/src:/src" "$ID" -- \
        sh -c 'id -u; id -g; cd /src && >made && stat -c %u made'
    rc 0
    out "$(printf '%s\n' "$UID_" "$GID_" "$UID_")"
    is "$(stat -c %u:%g home/src/made)" "$UID_:$GID_"
    rcrun run --rootfs root --net none -T --userns keep-id -u 0 "$ID" -- id -u
    rc 0
    out 0
}

@test "root's set-user-ID programs are the caller's, until their owner is changed" {
    bundle
    cp rootfs/bin/busybox rootfs/bin/rootid && chmod 4755 rootfs/bin/rootid
    keep
    go stat -c %u:%a /bin/rootid
    ok
    out "$UID_:4755"
    rcrun unshare --userns keep-id -- sh -c 'chown 0:0 rootfs/bin/rootid && chmod 4755 rootfs/bin/rootid'
    ok
    go stat -c %u:%a /bin/rootid
    ok
    out 0:4755
    is "$(stat -c %u rootfs/bin/rootid)" $((SUB + UID_ - 1))
}

@test "exec and hooks of it work, delete leaves nothing" {
    bundle
    keep
    mkdir "$B/hooks"
    printf '%s\n' '#!/bin/sh' "id -u >>$B/hooks/ran; cat >/dev/null" >"$B/hooks/outside"
    printf '%s\n' '#!/bin/sh' 'id -u >>/tmp/ran; cat >/dev/null' >rootfs/bin/inside
    chmod 755 "$B/hooks/outside" rootfs/bin/inside
    cfg --arg p "$B/hooks/outside" '.hooks = {createRuntime: [{path: $p}], startContainer: [{path: "/bin/inside", env: ["PATH=/bin"]}],
        poststop: [{path: $p}]}'
    args sleep 1000
    lives run -d --keep "$ID"
    rc 0
    is "$(cat "$B/hooks/ran")" "$UID_"
    is "$(cat rootfs/tmp/ran)" "$UID_"
    rcrun exec "$ID" sh -c 'id -u; id -g; >/tmp/exec'
    ok
    out "$(printf '%s\n' "$UID_" "$GID_")"
    is "$(stat -c %u:%g rootfs/tmp/exec)" "$UID_:$GID_"
    rcrun exec -u 0:0 "$ID" sh -c 'id -u; >/tmp/root'
    ok
    out 0
    is "$(stat -c %u rootfs/tmp/root)" $((SUB + UID_ - 1))
    rcrun delete --force "$ID"
    ok
    is "$(wc -l <"$B/hooks/ran")" 2
}

@test "it is nested" {
    bundle
    keep
    user 0 0
    rcrun unshare -- "$RCRUN" run "$ID"
    ok
}

@test "words that are wrong, and what cannot be together" {
    bundle
    userns keep-id:uid=x
    go true
    refused 'annotations["org.rcrun.userns"]' 'keep-id:uid=x'
    userns default
    cfg '.linux.uidMappings = [{containerID: 0, hostID: 1, size: 1}] | .linux.gidMappings = .linux.uidMappings'
    go true
    refused 'annotations["org.rcrun.userns"]' linux.uidMappings
}

@test "a root directory for other ids is not started" {
    bundle
    echo "{\"map\":\"default\",\"base\":$SUB,\"gbase\":$GSUB}" >.rcrun-map
    go true
    ok
    keep
    go true
    refused root.path 'made for --userns default'
    hint 'run it with --userns default, or change the files with rcrun remap'
    echo "{\"map\":\"keep-id\",\"uid\":$UID_,\"gid\":$GID_,\"base\":$SUB,\"gbase\":$GSUB}" >.rcrun-map
    go true
    ok
    # The line of /etc/subuid is another now.
    cfg 'del(.annotations)'
    user 0 0
    echo "{\"map\":\"default\",\"base\":$((SUB + 7)),\"gbase\":$GSUB}" >.rcrun-map
    go true
    refused root.path "ids from $((SUB + 7)) on"
    hint 'the subordinate ids are others now'
    echo "no JSON" >.rcrun-map
    go true
    rc 0
    says '.rcrun-map'
    # A root directory that is elsewhere has no note.
    mkdir ../other && mv rootfs ../other
    echo "{\"map\":\"default\",\"base\":7,\"gbase\":$GSUB}" >.rcrun-map
    cfg '.root.path = "../other/rootfs"'
    go true
    ok
}
