#!/usr/bin/env bats
# File systems of the kernel: proc, sysfs, mqueue, devpts, cgroup.

load lib

# The options of a mount point in the mountinfo that is in $output.
options_of() { # DESTINATION
    awk -v at="$1" '$5 == at { o = $6 } END { print o }' <<<"$output"
}

type_of() { # DESTINATION
    awk -v at="$1" '$5 == at { for (i = 7; $i != "-"; i++); t = $(i + 1) } END { print t }' <<<"$output"
}

# ---- proc ----------------------------------------------------------------------------------

@test "proc shows the processes of the container" {
    bundle
    gosh 'sleep 100 & cd /proc; set -- [0-9]*; echo $# $*; until grep -q ^sleep 2/cmdline; do :; done
        tr "\0" " " <2/cmdline; echo; cat self/mountinfo'
    rc 0
    is "$(head -n 2 <<<"$output")" $'2 1 2\nsleep 100 '
    is "$(type_of /proc)" proc
}

@test "proc has the flags of the config" {
    bundle
    cfg '.mounts[0].options = ["nosuid", "noexec", "nodev"]'
    go cat /proc/self/mountinfo
    ok
    is "$(options_of /proc)" rw,nosuid,nodev,noexec,relatime
    cfg '.mounts[0].options = ["ro", "hidepid=2"]'
    go cat /proc/self/mountinfo
    ok
    is "$(options_of /proc)" ro,relatime
    grep -qE ' - proc [^ ]+ .*hidepid=(2|invisible)' <<<"$output" || show hidepid
}

@test "a read-only proc of the host leaves no way to map ids" {
    need_mapped
    bundle
    host 'mount -o remount,bind,ro /proc'
    go true
    refused _map 'read-only file system'
}

@test "where the host hides a part of proc, that is said, with the place" {
    need_mapped
    bundle
    host 'mount -t tmpfs tmpfs /proc/sys'
    go true
    refused 'mounts[0]' proc 'operation not permitted'
    hint /proc/sys
    hint 'share the pid namespace'
    # Who wants the host's all the same has to say so.
    cfg '.mounts[0] = {destination: "/proc", type: "none", source: "/proc", options: ["rbind", "ro"]}'
    gosh 'ls -d /proc/[0-9]* | wc -l; cat /proc/self/mountinfo 2>/dev/null || echo another world'
    rc 0
    [ "${lines[0]}" -gt 1 ]
    cfg '.mounts[0] = {destination: "/proc", type: "proc", source: "proc"}'
    # With the host's pid namespace there is its proc.
    without pid
    go id -u
    rc 0
    out 0
}

@test "PR-08: a proc of the host that hides processes has nothing to say about a new one" {
    need_mapped
    bundle
    HOST_AS=(unshare --user --map-root-user --map-auto --mount --pid --fork)
    host 'mount -t proc -o hidepid=2 proc /proc'
    user 33
    caps
    gosh 'ls -d /proc/[0-9]*; grep -c hidepid /proc/self/mountinfo'
    rc 1
    out $'/proc/1\n0'
}

@test "with the pid namespace of the host its proc is bound, without power" {
    bundle
    without pid
    gosh 'ls -d /proc/[0-9]* | wc -l; cat /proc/self/mountinfo'
    rc 0
    [ "${lines[0]}" -gt 3 ]
    is "$(options_of /proc)" rw,nosuid,nodev,noexec,relatime
}

@test "the target of proc and sysfs must be a real directory" {
    bundle
    for dir in proc sys; do
        rm -r "rootfs/$dir"
        for target in /tmp tmp /nonexistent; do
            ln -sfn "$target" "rootfs/$dir"
            go true
            refused "/$dir" 'ordinary directory'
        done
        rm "rootfs/$dir"
        : >"rootfs/$dir"
        go true
        refused "/$dir" 'ordinary directory'
        rm "rootfs/$dir"
        mkdir "rootfs/$dir"
    done
    go true
    ok
}

@test "missing directories for proc and sysfs are made" {
    bundle
    rmdir rootfs/proc rootfs/sys
    go ls /proc/self/status /sys/class/net
    ok
}

# ---- sysfs ---------------------------------------------------------------------------------

@test "with a network namespace of its own a container has a sysfs of it" {
    bundle
    gosh 'ls /sys/class/net; cat /proc/self/mountinfo'
    ok
    line lo
    is "$(grep -c . <<<"$(sed '/^[0-9]* [0-9]* [0-9]*:/d' <<<"$output")")" 1
    is "$(type_of /sys)" sysfs
    is "$(options_of /sys)" ro,nosuid,nodev,noexec,relatime
}

@test "with the network of the host its sysfs is bound, all of it read-only" {
    bundle
    without network
    gosh 'ls /sys/class/net; find /sys/fs/cgroup; cat /proc/self/mountinfo'
    ok
    for name in /sys/class/net/*; do line "${name##*/}"; done
    # Nothing of the cgroups of the host is there.
    is "$(sed -n 's,^\(/sys/fs/cgroup.*\),\1,p' <<<"$output")" /sys/fs/cgroup
    awk '$5 == "/sys" || $5 ~ /^\/sys\// { if (("," $6 ",") !~ /,ro,/) { print; bad = 1 } } END { exit bad }' <<<"$output"
    is "$(options_of /sys)" ro,nosuid,nodev,noexec,relatime
    # Asked for writable it is read-only too, and that is told.
    cfg '.mounts[3].options = ["nosuid"]'
    gosh 'cat /proc/self/mountinfo'
    rc 0
    is "$(options_of /sys)" ro,nosuid,nodev,noexec,relatime
    says 'rcrun: warning: mounts[3]'
    says read-only
}

@test "a bind of the host's sysfs hides its cgroups too where the config mounts some there" {
    bundle
    without network
    cfg '.mounts[3] = {destination: "/sys", type: "none", source: "/sys", options: ["rbind", "nosuid", "noexec", "nodev", "ro"]}'
    mnt /sys/fs/cgroup cgroup cgroup nosuid noexec nodev relatime ro
    gosh 'mkdir /sys/fs/cgroup/x 2>/dev/null || echo no; find /sys/fs/cgroup -maxdepth 1 -name memory; ls /sys/class/net'
    rc 0
    line no
    lacks memory
    line lo
}

@test "SF-02: where the host hides a part of sysfs, that is said, with the place" {
    need_mapped
    bundle
    host 'mount --bind /etc /sys/kernel'
    go true
    refused 'mounts[3]' sysfs 'operation not permitted'
    hint 'mounts here hide parts of this one: /sys/kernel'
    # Without a network of its own it has that of the host, as it is.
    without network
    go true
    ok
}

# ---- mqueue --------------------------------------------------------------------------------

@test "message queues are those of the ipc namespace" {
    bundle
    mnt /dev/mqueue mqueue mqueue nosuid noexec nodev
    go cat /proc/self/mountinfo
    ok
    is "$(type_of /dev/mqueue)" mqueue
    is "$(options_of /dev/mqueue)" rw,nosuid,nodev,noexec,relatime
}

@test "with the ipc namespace of the host there are its queues, or none and a warning" {
    bundle
    without ipc
    mnt /dev/mqueue mqueue mqueue nosuid noexec nodev
    gosh 'cat /proc/self/mountinfo'
    rc 0
    if [ -d /dev/mqueue ]; then
        is "$(options_of /dev/mqueue)" rw,nosuid,nodev,noexec,relatime
    else
        says 'rcrun: warning: mounts[4]'
        says mqueue
    fi
}

@test "M-18: message queues of an ipc namespace that is joined" {
    local holder
    need_mapped
    bundle
    mnt /dev/mqueue mqueue mqueue
    unshare --user --map-root-user --map-auto --ipc sh -c 'echo >ready; exec sleep 100' 3>&- &
    holder=$!
    until_ok 5 test -e ready
    cfg --arg p "/proc/$holder/ns/ipc" '(.linux.namespaces[] | select(.type == "ipc")).path = $p'
    go true
    # Of another owner, it gives no power over its queues.
    refused 'linux.namespaces[2].path' 'belongs to another user namespace'
    cfg --arg p "/proc/$holder/ns/user" '(.linux.namespaces[] | select(.type == "user")).path = $p'
    go sh -c 'readlink /proc/self/ns/ipc; cat /proc/self/mountinfo'
    kill $holder
    ok
    is "$(type_of /dev/mqueue)" mqueue
}

# ---- devpts --------------------------------------------------------------------------------

@test "terminals are a new instance, with the group of the config where it is mapped" {
    need_ids
    bundle
    cfg '.mounts[2].options += ["gid=5"]'
    gosh 'ls /dev/pts; cat /proc/self/mountinfo'
    ok
    is "${lines[0]}" ptmx
    grep -qE ' /dev/pts .* - devpts [^ ]+ .*gid=[0-9]+,mode=620,ptmxmode=666' <<<"$output" || show 'no gid'
}

@test "a group of terminals that is not mapped is left out" {
    bundle
    cfg --argjson u "$(id -u)" --argjson g "$(id -g)" '.linux.uidMappings = [{containerID: 0, hostID: $u, size: 1}]
        | .linux.gidMappings = [{containerID: 0, hostID: $g, size: 1}] | .mounts[2].options += ["gid=5"]'
    go cat /proc/self/mountinfo
    ok
    is "$(type_of /dev/pts)" devpts
    is "$(options_of /dev/pts)" rw,nosuid,noexec,relatime
    # So is an owner, and the terminal of the container works.
    cfg '.mounts[2].options[-1] = "uid=5" | .process.terminal = true'
    is "$(timeout 20 script -qec "'$RCRUN' run --net none '$ID' -- sh -c 'tty; stat -c %u:%g:%a \$(tty)'" /dev/null </dev/null | tr -d '\r\0^@')" \
        $'/dev/pts/0\n0:0:620'
    cfg '.process.terminal = false'
    # For other file systems owners matter.
    mnt /m tmpfs tmpfs gid=5
    go true
    refused 'mounts[4].options' gid=5
}

# ---- cgroup --------------------------------------------------------------------------------

@test "of the cgroups there is at most the own one" {
    bundle
    cfg '.linux.namespaces += [{type: "cgroup"}]'
    for type in cgroup cgroup2; do
        mnt /sys/fs/cgroup $type cgroup nosuid noexec nodev relatime ro
        gosh 'ls /sys/fs/cgroup; mkdir /sys/fs/cgroup/x 2>/dev/null || echo ro; cat /proc/self/mountinfo'
        rc 0
        line ro
        [[ $(options_of /sys/fs/cgroup) == ro,nosuid,nodev,noexec* ]] || show options
        if [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]; then
            is "$(type_of /sys/fs/cgroup)" cgroup2
            line cgroup.controllers
        else
            case $(type_of /sys/fs/cgroup) in
            tmpfs) lacks cgroup.procs ;;
            cgroup2) line cgroup.procs ;;
            *) show 'what is it?' ;;
            esac
        fi
        cfg 'del(.mounts[4])'
    done
}

@test "a writable mount of the cgroups is no way to those of the host" {
    bundle
    mnt /sys/fs/cgroup cgroup cgroup rw
    gosh 'cat /proc/self/cgroup >/tmp/own; for d in /sys/fs/cgroup /sys/fs/cgroup/*/; do
            mkdir "$d/rcrun-test" 2>/dev/null && echo "made in $d"; done; true'
    rc 0
    own=$(sed -n 's/^0:://p' /proc/self/cgroup)
    # It may be writable where it is the caller's own.
    [ -w "/sys/fs/cgroup$own/cgroup.procs" ] || lacks made
    find /sys/fs/cgroup -maxdepth 4 -name rcrun-test -exec rmdir {} +
}

# ---- all others ----------------------------------------------------------------------------

@test "M-08: what no user namespace may mount is told, with another way to it" {
    local type tried=0
    bundle
    cp config.json plain.json
    for type in ext4 xfs btrfs squashfs debugfs tracefs securityfs pstore devtmpfs hugetlbfs; do
        grep -qxE "(nodev)?[[:blank:]]$type" /proc/filesystems || continue
        tried=$((tried + 1))
        cp plain.json config.json
        mnt /m $type none
        go true
        refused 'mounts[4]' "$type" 'operation not permitted'
        hint "no user namespace may mount $type: mount it on the host, and bind"
    done
    [ $tried -gt 0 ]
    # What one may, is not told so.
    for type in ramfs tmpfs; do
        cp plain.json config.json
        mnt /m $type none
        go cat /proc/self/mountinfo
        ok
        is "$(type_of /m)" $type
    done
}
