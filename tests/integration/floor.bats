#!/usr/bin/env bats
# The floor, which bench/run measures rcrun against, gives the very container that rcrun gives:
# were it less, the ratio would say nothing.  No clocks here.

load lib

# All that a program can see of its container, mounts without the numbers of this one.
look='cut -d " " -f 4-6,9- /proc/self/mountinfo | sed "s/ - / /" | sort
    grep -E "^(Uid|Gid|Groups|Cap[A-Z][a-z]*|NoNewPrivs|Seccomp):" /proc/self/status
    cat /proc/self/uid_map /proc/self/gid_map
    hostname; ulimit -n; ip link show lo | grep -o "<.*>"
    find /dev ! -path "/dev/pts/*" -exec stat -c "%n %f %t:%T %u:%g" {} \; | sort
    pwd; umask'

first() { # FILE: the first subordinate id
    awk -F: -v user="$(id -un)" -v uid="$(id -u)" \
        '($1 == user || $1 == uid) && $3 >= 65536 { print $2; exit }' "$1"
}

# same CASE FLOOR-OPTION...
same() {
    local floor=$builddir/bench/floor case=$1 theirs kind
    shift
    bundle
    "$srcdir/bench/config" "$case" "$B/rootfs" "${uids-}" "${gids-}" >config.json
    go sh -c "$look"
    rc 0
    theirs=$("$floor" "$@" "$B/rootfs" /bin/sh -c "$look")
    is "$theirs" "$output"
    for kind in user mnt pid net ipc uts cgroup; do
        go readlink "/proc/self/ns/$kind"
        is "$("$floor" "$@" "$B/rootfs" /bin/sh -c "[ \$(readlink /proc/self/ns/$kind) = \
            '$(readlink "/proc/self/ns/$kind")' ] && echo host || echo own")" \
            "$([ "$output" = "$(readlink "/proc/self/ns/$kind")" ] && echo host || echo own)"
    done
}

@test "the floor's container is that of rcrun" {
    need_ids
    uids=$(first /etc/subuid) gids=$(first /etc/subgid)
    [ -n "$uids" ] && [ -n "$gids" ] || skip 'needs 65536 subordinate ids'
    same full map=range "uids=$uids" "gids=$gids"
}

@test "the floor's container is that of rcrun, with one id" {
    same single map=single
}

@test "the floor's container is that of rcrun, without namespaces of network or pid" {
    same nonet map=single net=0
    same nopid map=single pid=0
}

@test "the floor's container is that of rcrun, with /proc alone" {
    same min map=single mounts=proc
}
