# shellcheck shell=bash
# What the files about mounts share.

# The line of a mount point as "options|optional fields|type|options of the file system", from
# the mountinfo in $output.
mount_of() { # DESTINATION
    awk -v at="$1" '$5 == at {
        optional = ""
        for (i = 7; $i != "-"; i++) optional = optional (optional == "" ? "" : " ") $i
        line = $6 "|" optional "|" $(i + 1) "|" $(i + 3)
    } END { print line }' <<<"$output"
}

# options DESTINATION WORD...: the mount has the word, or with a ! in front has it not.
options() {
    local at=$1 word list
    shift
    list=$(mount_of "$at")
    [ -n "$list" ] || show "no mount on $at"
    list=,${list%%|*},
    for word; do
        case $word in
        !*) [[ $list != *,"${word#!}",* ]] || show "$at has ${word#!}: $list" ;;
        *) [[ $list == *,"$word",* ]] || show "$at lacks $word: $list" ;;
        esac
    done
}

# A directory of the bundle to bind, with something in it.
source_dir() {
    mkdir -p "$B/src/sub"
    echo inside >"$B/src/file"
    printf '#!/bin/sh\necho ran\n' >"$B/src/script"
    chmod 755 "$B/src/script"
    ln -s file "$B/src/link"
}

# The same with a tmpfs below it, in the namespace that `host` makes.
# shellcheck disable=SC2034 # read by who loads this
submount="mount -t tmpfs sub src/sub; echo below >src/sub/file"

# The caller keeps his number 1000 inside, and root is a subordinate id.
keep_id() {
    local uids gids
    uids=$(awk -F: -v user="$(id -un)" '$1 == user && $3 >= 2000 { print $2; exit }' /etc/subuid)
    gids=$(awk -F: -v user="$(id -un)" '$1 == user && $3 >= 2000 { print $2; exit }' /etc/subgid)
    [ -n "$uids" ] && [ -n "$gids" ] || skip 'needs two thousand subordinate ids'
    cfg --argjson s "$uids" --argjson t "$gids" --argjson u "$(id -u)" --argjson g "$(id -g)" '
        def map($first; $own): [{containerID: 0, hostID: $first, size: 1000},
            {containerID: 1000, hostID: $own, size: 1},
            {containerID: 1001, hostID: ($first + 1000), size: 500}];
        .linux.uidMappings = map($s; $u) | .linux.gidMappings = map($t; $g) | .process.user = {uid: 1000, gid: 1000}'
}

# A folder of the bundle as a file system of the user's own, which nobody else may enter: the files
# of the folder $1, at $2.  The test ends it with fuse_end.
fuse_start() { # FOLDER MOUNT-POINT
    [ -r /dev/fuse ] && [ -w /dev/fuse ] || skip '/dev/fuse is closed (tests/tools/user-env opens it)'
    command -v squashfuse >/dev/null && command -v mksquashfs >/dev/null || skip 'squashfuse is not installed'
    mksquashfs "$1" "$1.img" -quiet -no-progress >/dev/null
    mkdir -p "$2"
    squashfuse "$1.img" "$2" 3>&- || skip 'no file systems of users here'
    FUSE=$(realpath "$2")
}

fuse_end() {
    [ -z "${FUSE-}" ] || fusermount -u "$FUSE" 2>/dev/null || fusermount3 -u "$FUSE"
    FUSE=
}

need_strace() {
    command -v strace >/dev/null || skip 'strace is not installed'
    [ "${SANITIZERS-no}" != yes ] || skip 'sanitizers make calls of their own, and do not like to be traced'
}

# A map of one id needs no program that has power of its own, which a trace takes away.
one_id() {
    cfg --argjson u "$(id -u)" --argjson g "$(id -g)" '.linux.uidMappings = [{containerID: 0, hostID: $u, size: 1}]
        | .linux.gidMappings = [{containerID: 0, hostID: $g, size: 1}]'
}
