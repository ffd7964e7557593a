#!/usr/bin/env bats
# --dry-run says what a run does: the same steps, and nothing else happens.

load lib

# The steps that --dry-run prints, without the reasons.
planned() {
    GLOBAL=()
    rcrun run "${OPTIONS[@]}" --dry-run "$ID"
    rc 0
    sed 's/    # .*//' <<<"$output"
}

# The steps that a run has logged, in the order of their numbers: each process logs its own.
done_steps() { # LOG
    sed -n 's/^[^ ]* debug: step //p' "$1" | sort -n -s -k 1,1
}

same_steps() {
    planned >plan
    [ "$(wc -l <plan)" -gt 20 ]
    rm -f log
    GLOBAL=(--debug --log log)
    go
    rc 0
    done_steps log >steps
    diff -u plan steps
}

@test "a plain container does the steps of its plan, line by line" {
    bundle
    same_steps
}

@test "so does what spec writes" {
    bundle
    rm config.json
    "$RCRUN" spec >/dev/null
    cfg '.process.terminal = false'
    args true
    same_steps
}

@test "so does one with nearly everything" {
    need_ids
    bundle
    mkdir src
    : >file
    mnt /m none src bind ro nosuid
    mnt /n none src rbind rro
    mnt /o tmpfs tmpfs tmpcopyup size=64k
    mnt /o tmpfs tmpfs remount ro
    mnt /f none file bind
    mnt /gone none nowhere bind optional
    mnt /dev/mqueue mqueue mqueue
    mnt /sys/fs/cgroup cgroup cgroup ro
    user 1000
    caps CAP_KILL CAP_NET_BIND_SERVICE
    OPTIONS=(--pid-file "$PWD/pid" --no-new-keyring)
    cfg '.hostname = "box" | .domainname = "d" | .root.readonly = true | .linux.rootfsPropagation = "rslave"
        | .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200}] | .process.oomScoreAdj = 700
        | .process.user.additionalGids = [5] | .process.user.umask = 63 | .process.cwd = "/tmp"
        | .process.scheduler = {policy: "SCHED_BATCH"} | .process.ioPriority = {class: "IOPRIO_CLASS_IDLE", priority: 0}
        | .linux.personality = {domain: "LINUX32"} | .linux.sysctl = {"net.ipv4.ip_forward": "1"}
        | .linux.namespaces += [{type: "cgroup"}] | .linux.devices = [{path: "/dev/fifo", type: "p"}]
        | .linux.maskedPaths = ["/proc/kcore", "/proc/scsi"] | .linux.readonlyPaths = ["/proc/sys"]
        | .process.env += ["ODD=a  # b \"c\" [d], \u0001"]
        | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO"}]}'
    for dir in m n o f sys/fs/cgroup dev/mqueue; do mkdir -p "rootfs/$dir"; done
    rmdir rootfs/f
    : >rootfs/f
    args true
    same_steps
    # The warnings of both are the same, too.
    GLOBAL=()
    rcrun run "${OPTIONS[@]}" --dry-run "$ID"
    said=$stderr
    rcrun run "${OPTIONS[@]}" "$ID"
    rc 0
    is "$stderr" "$said"
    [ -n "$said" ]
}

@test "so does one with clocks of its own, which takes three processes" {
    bundle
    cfg '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 100}, monotonic: {secs: -1}}'
    same_steps
    grep -q ' setup ' steps
}

@test "so does one that joins namespaces" {
    bundle "$BATS_TEST_TMPDIR/holder"
    ID=$ID.holder
    start sh -c 'touch /up; sleep 1000'
    until_ok 5 test -e rootfs/up
    holder=$(init_pid)
    ID=${ID%.holder}
    bundle
    cfg --arg p "/proc/$holder/ns" '.linux.namespaces = [{type: "user", path: "\($p)/user"},
        {type: "network", path: "\($p)/net"}, {type: "pid"}, {type: "mount"}, {type: "ipc"}, {type: "uts"}, {type: "time"}]'
    same_steps
    grep -q ' setup ' steps
    kill -KILL "$holder"
    wait "$PARENT" || true
    rm -rf "$BATS_TEST_TMPDIR/holder"
}

@test "so does one with a single id" {
    bundle
    cfg --argjson u "$(id -u)" --argjson g "$(id -g)" '.linux.uidMappings = [{containerID: 0, hostID: $u, size: 1}]
        | .linux.gidMappings = [{containerID: 0, hostID: $g, size: 1}]'
    same_steps
    grep -q write_map steps
}

@test "so does one that a copy starts, which is sealed first" {
    bundle
    cp "$RCRUN" copy
    RCRUN=$PWD/copy
    same_steps
    [[ $(head -n 1 steps) == *' parent seal how='* ]]
    # Two programs, but each warning is told once.
    without user
    rm log
    go
    rc 0
    is "$(grep -c 'warning: .*no user namespace' log)" 1
    GLOBAL=()
    go
    rc 0
    is "$(grep -c 'no user namespace' <<<"$stderr")" 1
}

@test "a dry run changes nothing" {
    bundle
    mkdir src
    mnt /made/by/run none src bind
    cfg '.linux.devices = [{path: "/dev/fifo", type: "p"}] | .process.cwd = "/new/cwd"
        | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO"}]}'
    args touch /ran
    list() { find "$BATS_TEST_TMPDIR" ! -path "$BATS_TEST_TMPDIR" -printf '%p %y %m %U %G %s %T@ %C@\n' | grep -v separate | sort; }
    before=$(list)
    output=$("$RCRUN" run --dry-run --pid-file "$PWD/pid" "$ID" </dev/null)
    is "$(list)" "$before"
    has ' exec '
    has 'target=/made/by/run'
    lacks rcrun/.filters/
    # And the run does all of it.
    go
    ok
    [ -e rootfs/ran ] && [ -d rootfs/made/by/run ] && [ -d rootfs/new/cwd ]
}

@test "what a run refuses a dry run refuses with the same words" {
    bundle
    mnt /m none nowhere bind
    go true
    said=$stderr
    refused 'mounts[4]'
    OPTIONS=(--dry-run)
    go true
    rc 1
    is "$stderr" "$said"
    is "$output" ''
}
