#!/usr/bin/env bats
# Namespaces: made, joined by path, and shared with the caller.

load lib

# Words of the config, and the names below /proc/PID/ns.
types='pid:pid network:net ipc:ipc uts:uts mount:mnt user:user cgroup:cgroup time:time'

inodes='for n in pid net ipc uts mnt user cgroup time; do readlink /proc/self/ns/$n; done'

namespaces() { # TYPE...: exactly these, all new
    edit '.linux.namespaces = [$ARGS.positional[] | {type: .}]' "$@"
}

join() { # TYPE PATH
    cfg --arg t "$1" --arg p "$2" '.linux.namespaces |= map(select(.type != $t)) + [{type: $t, path: $p}]'
}

# A container that waits, for others to join: $HOLDER is its first process.
holder() {
    local ID=$ID.holder
    bundle "$BATS_TEST_TMPDIR/holder"
    namespaces pid network ipc uts mount user cgroup time
    cfg '.hostname = "holder"'
    start sh -c 'touch /up; sleep 1000'
    until_ok 5 test -e rootfs/up
    HOLDER=$(init_pid)
    [ -n "$HOLDER" ]
}

drop_holder() {
    kill -KILL "$HOLDER"
    wait "$PARENT" || true
    rm -rf "$BATS_TEST_TMPDIR/holder"
}

@test "all eight namespaces can be new" {
    bundle
    namespaces pid network ipc uts mount user cgroup time
    gosh "$inodes"
    ok
    is "${#lines[@]}" 8
    for word in $types; do
        name=${word#*:}
        theirs=$(grep "^$name:" <<<"$output")
        [ -n "$theirs" ]
        [ "$theirs" != "$(readlink "/proc/self/ns/$name")" ] || fail "$name is the caller's"
    done
}

@test "a namespace that is not in the config is the caller's" {
    bundle
    namespaces mount user
    cfg 'del(.hostname)'
    gosh "$inodes"
    rc 0
    for word in $types; do
        name=${word#*:}
        theirs=$(grep "^$name:" <<<"$output") ours=$(readlink "/proc/self/ns/$name")
        case $name in
        mnt | user) [ "$theirs" != "$ours" ] || fail "$name is the caller's" ;;
        *) is "$theirs" "$ours" ;;
        esac
    done
}

@test "each of them alone is new, and only that one" {
    bundle
    cp config.json plain.json
    for word in $types; do
        type=${word%:*} name=${word#*:}
        case $type in mount | user) continue ;; esac
        cp plain.json config.json
        namespaces mount user "$type"
        gosh "$inodes"
        rc 0
        n=0
        for other in $types; do
            grep -qxF "$(readlink "/proc/self/ns/${other#*:}")" <<<"$output" || n=$((n + 1))
        done
        [ "$n" -eq 3 ] || show "with $type: $n of the namespaces are new"
        ! grep -qxF "$(readlink "/proc/self/ns/$name")" <<<"$output" || show "$name is the caller's"
    done
}

@test "an unknown type and one given twice are errors" {
    bundle
    namespaces mount user foo
    go true
    refused 'linux.namespaces[2].type' foo
    namespaces mount user pid pid
    go true
    refused 'linux.namespaces[3]' pid
}

@test "an empty path is a new namespace" {
    bundle
    join network ''
    join uts ''
    gosh "$inodes"
    ok
    lacks "$(readlink /proc/self/ns/net)"
    lacks "$(readlink /proc/self/ns/uts)"
}

@test "a config without a user namespace gets one, with a warning" {
    bundle
    without user
    go id -u
    rc 0
    out 0
    is "$(grep -c . <<<"$stderr")" 1
    says 'rcrun: warning: the config has no user namespace'
    GLOBAL=(--rootless=false)
    go id -u
    refused 'linux.namespaces'
    hint rcrun
}

@test "the program is the first process, and its children are in its namespace" {
    bundle
    gosh 'echo $$; sh -c "echo \$PPID \$\$"; set -- /proc/[0-9]*; echo $*'
    ok
    out $'1\n1 2\n/proc/1'
}

@test "in a new network namespace the loopback interface is up" {
    bundle
    gosh 'ip link show lo; ip -o addr show; wc -l </proc/net/dev; nc -l -p 7777 -e echo hi &
        for try in $(seq 300); do nc 127.0.0.1 7777 </dev/null && break; sleep .1; done 2>/dev/null
        wait'
    ok
    has ' 127.0.0.1/8 '
    has '<LOOPBACK,UP'
    line 3
    line hi
}

@test "the cgroup namespace begins at the cgroup that the container is in" {
    bundle
    namespaces pid network ipc uts mount user cgroup
    gosh 'cat /proc/self/cgroup'
    ok
    is "$(grep -c . <<<"$output")" "$(grep -c . /proc/self/cgroup)"
    is "$(sed 's/.*://' <<<"$output" | sort -u)" /
}

@test "the names of the host do not change" {
    bundle
    before=$(uname -n; cat /proc/sys/kernel/domainname)
    cfg '.hostname = "box" | .domainname = "example.test"'
    gosh 'hostname; cat /proc/sys/kernel/domainname; uname -n'
    ok
    out $'box\nexample.test\nbox'
    is "$(uname -n; cat /proc/sys/kernel/domainname)" "$before"
    without uts
    go true
    refused hostname '"uts"'
    cfg 'del(.hostname)'
    go true
    refused domainname
}

@test "the mounts of the host stay as they are while a container runs" {
    bundle
    mnt /mnt tmpfs tmpfs rshared
    cfg '.linux.rootfsPropagation = "rshared"'
    start sh -c 'mkdir /m; touch /up; sleep 1000'
    until_ok 5 test -e rootfs/up
    own_mounts | diff "$BATS_TEST_TMPDIR/mountinfo" -
    kill -KILL "$(init_pid)"
    wait "$PARENT" || [ $? -eq 137 ]
}

@test "without a mount namespace the root is changed and nothing is mounted" {
    bundle
    cfg '.mounts = []'
    without mount
    gosh 'ls /; id -u'
    ok
    line bin
    line 0
    ! grep -qx boot <<<"$output" || show 'the root of the host'
    is "$(ls rootfs/dev)" ''
    mnt /proc proc proc
    go true
    refused mounts 'mount namespace'
    cfg '.mounts = [] | .root.readonly = true'
    go true
    refused root.readonly
    cfg '.root.readonly = false | .linux.maskedPaths = ["/etc"]'
    go true
    refused linux.maskedPaths
}

# ---- joining -------------------------------------------------------------------------------

@test "namespaces of another container are joined" {
    holder
    bundle
    for word in user:user pid:pid network:net ipc:ipc uts:uts cgroup:cgroup time:time; do
        join "${word%:*}" "/proc/$HOLDER/ns/${word#*:}"
    done
    gosh "$inodes; hostname; cat /proc/1/cmdline | tr '\\0' ' '; echo; id -u"
    ok
    for name in pid net ipc uts user cgroup time; do
        line "$(readlink "/proc/$HOLDER/ns/$name")"
    done
    lacks "$(readlink "/proc/$HOLDER/ns/mnt")"
    line holder
    has 'sleep 1000'
    line 0
    drop_holder
}

@test "each namespace can be joined on its own, beside the user namespace" {
    holder
    bundle
    cp config.json plain.json
    for word in pid:pid network:net ipc:ipc uts:uts cgroup:cgroup time:time; do
        cp plain.json config.json
        join user "/proc/$HOLDER/ns/user"
        join "${word%:*}" "/proc/$HOLDER/ns/${word#*:}"
        gosh "$inodes"
        ok
        line "$(readlink "/proc/$HOLDER/ns/${word#*:}")"
        n=0
        for name in pid net ipc uts mnt cgroup time; do
            ! grep -qxF "$(readlink "/proc/$HOLDER/ns/$name")" <<<"$output" || n=$((n + 1))
        done
        is "${word%:*} $n" "${word%:*} 1"
    done
    drop_holder
}

@test "files made in a joined user namespace belong to its ids" {
    need_ids
    holder
    bundle
    join user "/proc/$HOLDER/ns/user"
    gosh 'id -u; touch /f; stat -c %u /f; awk "{print \$2}" /proc/self/uid_map | head -n 1'
    ok
    out "0
0
$(id -u)"
    is "$(stat -c %u rootfs/f)" "$(id -u)"
    drop_holder
}

@test "a namespace of another owner needs that owner to be joined too" {
    holder
    bundle
    for word in network:net ipc:ipc uts:uts pid:pid; do
        join "${word%:*}" "/proc/$HOLDER/ns/${word#*:}"
        go true
        refused "$(jq -r '.linux.namespaces | length - 1' config.json)" "${word%:*}" "/proc/$HOLDER/ns/${word#*:}"
        hint '"type": "user"'
        cfg '.linux.namespaces |= .[:-1]'
    done
    drop_holder
}

@test "the own namespace by its path is the shared one" {
    bundle
    join network /proc/self/ns/net
    join uts /proc/self/ns/uts
    cfg 'del(.hostname)'
    gosh "$inodes"
    rc 0
    line "$(readlink /proc/self/ns/net)"
    line "$(readlink /proc/self/ns/uts)"
}

@test "mounts in the mount namespace of another container are refused" {
    holder
    bundle
    join user "/proc/$HOLDER/ns/user"
    join mount "/proc/$HOLDER/ns/mnt"
    go true
    refused mounts 'mount namespace'
    drop_holder
}

@test "a path of another kind is named with what it is" {
    bundle
    join network /proc/self/ns/uts
    go true
    refused 'linux.namespaces[5].path' /proc/self/ns/uts uts network
    join network /etc/passwd
    go true
    refused 'linux.namespaces[5].path' '/etc/passwd is not a namespace'
    join network /nonexistent/net
    go true
    refused 'linux.namespaces[5].path' '/nonexistent/net: no such file or directory'
    join network net
    go true
    refused 'linux.namespaces[5].path' absolute
    mkfifo fifo
    join network "$PWD/fifo"
    LIMIT=5
    go true
    refused 'linux.namespaces[5].path' 'is not a namespace'
}

@test "maps beside a user namespace to join are a warning: it has its own" {
    holder
    bundle
    join user "/proc/$HOLDER/ns/user"
    cfg '.linux.uidMappings = [{containerID: 77, hostID: 1000000000, size: 1}] | .linux.gidMappings = .linux.uidMappings'
    gosh "readlink /proc/self/ns/user; id -u"
    rc 0
    out "$(readlink "/proc/$HOLDER/ns/user")
0"
    says 'rcrun: warning: linux.uidMappings: not used'
    drop_holder
}

# ---- time ----------------------------------------------------------------------------------

@test "clocks of a time namespace have their offsets" {
    bundle
    namespaces mount user pid time
    cfg '.linux.timeOffsets = {monotonic: {secs: 86400, nanosecs: 5}, boottime: {secs: 1000000}}'
    gosh 'cat /proc/self/timens_offsets /proc/uptime'
    ok
    is "$(head -n 2 <<<"$output" | tr -s ' ')" $'monotonic 86400 5\nboottime 1000000 0'
    up=$(sed -n '3s/[. ].*//p' <<<"$output") ours=$(sed 's/[. ].*//' /proc/uptime)
    [ $((up - ours)) -ge 999999 ] && [ $((up - ours)) -le 1000005 ] || show "uptime here: $ours"
    cfg '.linux.timeOffsets = {boottime: {secs: -1}}'
    go awk '$1 == "boottime" { print $2, $3 }' /proc/self/timens_offsets
    ok
    out '-1 0'
}

@test "offsets without a time namespace, or beyond the clock, are errors" {
    bundle
    cfg '.linux.timeOffsets = {boottime: {secs: 5}}'
    go true
    refused linux.timeOffsets '"time"'
    namespaces mount user pid time
    cfg '.linux.timeOffsets = {boottime: {secs: -1000000000}}'
    go true
    refused linux.timeOffsets range
}
