#!/usr/bin/env bats
# What a program may use and do: limits, powers, scheduling, sysctls.

load lib

# ---- limits --------------------------------------------------------------------------------

@test "limits are exactly those of the config, and else those of the caller" {
    bundle
    go cat /proc/self/limits
    ok
    is "$output" "$(cat /proc/self/limits)"
    ulimit -Sn 300
    ulimit -Hn 400
    gosh 'ulimit -Sn; ulimit -Hn'
    ok
    out $'300\n400'
    cfg '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200}, {type: "RLIMIT_CORE", soft: 0, hard: 0},
        {type: "RLIMIT_AS", soft: 1000000000, hard: 2000000000}, {type: "RLIMIT_CPU", soft: 1000, hard: 2000},
        {type: "RLIMIT_DATA", soft: 500000000, hard: 600000000}, {type: "RLIMIT_FSIZE", soft: 1000000, hard: 1000000},
        {type: "RLIMIT_LOCKS", soft: 11, hard: 12}, {type: "RLIMIT_MEMLOCK", soft: 1024, hard: 2048},
        {type: "RLIMIT_MSGQUEUE", soft: 1000, hard: 2000}, {type: "RLIMIT_NICE", soft: 0, hard: 0},
        {type: "RLIMIT_NPROC", soft: 500, hard: 600}, {type: "RLIMIT_RSS", soft: 123456, hard: 1234567},
        {type: "RLIMIT_RTPRIO", soft: 0, hard: 0}, {type: "RLIMIT_RTTIME", soft: 5000, hard: 6000},
        {type: "RLIMIT_SIGPENDING", soft: 50, hard: 60}, {type: "RLIMIT_STACK", soft: 4194304, hard: 8388608}]'
    [ "$(ulimit -Hs)" = unlimited ] || [ "$(ulimit -Hs)" -ge 8192 ] || cfg '.process.rlimits |= .[:-1]'
    go cat /proc/self/limits
    ok
    limit() { # NAME SOFT HARD
        grep -qE "^$1 +$2 +$3 " <<<"$output" || show "wanted $1 $2 $3"
    }
    limit 'Max open files' 100 200
    limit 'Max core file size' 0 0
    limit 'Max address space' 1000000000 2000000000
    limit 'Max cpu time' 1000 2000
    limit 'Max data size' 500000000 600000000
    limit 'Max file size' 1000000 1000000
    limit 'Max file locks' 11 12
    limit 'Max locked memory' 1024 2048
    limit 'Max msgqueue size' 1000 2000
    limit 'Max nice priority' 0 0
    limit 'Max processes' 500 600
    limit 'Max resident set' 123456 1234567
    limit 'Max realtime priority' 0 0
    limit 'Max realtime timeout' 5000 6000
    limit 'Max pending signals' 50 60
}

@test "the largest number is no limit" {
    bundle
    [ "$(ulimit -Hf)" = unlimited ] || skip 'file sizes are limited here'
    cfg '.process.rlimits = [{type: "RLIMIT_FSIZE", soft: 7, hard: 99}]'
    args grep 'Max file size' /proc/self/limits
    # By hand: jq 1.6 rounds such numbers.
    sed -i -e 's/: 99$/: 18446744073709551615/' -e 's/: 7,$/: 18446744073709551614,/' config.json
    go
    ok
    is "$(tr -s ' ' <<<"$output" | cut -d' ' -f4,5)" '18446744073709551614 unlimited'
}

@test "a hard limit above the caller's is refused with both numbers" {
    bundle
    ulimit -Sn 500
    ulimit -Hn 900
    cfg '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 500, hard: 1000000}]'
    go true
    refused 'process.rlimits[0]' RLIMIT_NOFILE 1000000 900
    hint root
}

@test "limits that make no sense are refused" {
    bundle
    cfg '.process.rlimits = [{type: "RLIMIT_TEST", soft: 1, hard: 1}]'
    go true
    refused 'process.rlimits[0].type' RLIMIT_TEST
    cfg '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 1, hard: 1}, {type: "RLIMIT_NOFILE", soft: 2, hard: 2}]'
    go true
    refused 'process.rlimits[1].type' RLIMIT_NOFILE
    cfg '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 3, hard: 2}]'
    go true
    refused 'process.rlimits[0].soft'
    cfg '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: -1, hard: 2}]'
    go true
    refused 'process.rlimits[0].soft'
}

# ---- the out-of-memory score ---------------------------------------------------------------

@test "the score of the out-of-memory killer is set, and else left alone" {
    bundle
    cfg '.process.oomScoreAdj = 500'
    go cat /proc/self/oom_score_adj
    ok
    out 500
    cfg 'del(.process.oomScoreAdj)'
    go cat /proc/self/oom_score_adj
    ok
    out "$(cat /proc/self/oom_score_adj)"
    PREFIX=(choom -n 300 --)
    go cat /proc/self/oom_score_adj
    ok
    out 300
}

@test "a score that only root may give is a warning" {
    bundle
    [ "$(cat /proc/self/oom_score_adj)" -ge 0 ] || skip 'a low score already'
    cfg '.process.oomScoreAdj = -500'
    go cat /proc/self/oom_score_adj
    rc 0
    out "$(cat /proc/self/oom_score_adj)"
    is "$(grep -c . <<<"$stderr")" 1
    says 'rcrun: warning: process.oomScoreAdj: -500'
    cfg '.process.oomScoreAdj = 1001'
    go true
    refused process.oomScoreAdj 1001
}

# ---- capabilities --------------------------------------------------------------------------

sets='grep ^Cap /proc/self/status | cut -f2'

@test "capabilities are in the sets of the config" {
    need_ids
    bundle
    # Bits: CHOWN 0, KILL 5, SETUID 7, NET_BIND_SERVICE 10.
    user 1000
    cfg '.process.capabilities = {
        bounding: ["CAP_CHOWN", "CAP_KILL", "CAP_SETUID", "CAP_NET_BIND_SERVICE"],
        effective: ["CAP_KILL", "CAP_NET_BIND_SERVICE"],
        permitted: ["CAP_CHOWN", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
        inheritable: ["CAP_CHOWN", "CAP_NET_BIND_SERVICE"],
        ambient: ["CAP_NET_BIND_SERVICE"]}'
    gosh "$sets"
    ok
    # Inheritable, permitted, effective, bounding, ambient, as after an exec of another id than 0.
    out '0000000000000401
0000000000000400
0000000000000400
00000000000004a1
0000000000000400'
    user 0
    cfg 'del(.process.capabilities.ambient, .process.capabilities.inheritable)'
    gosh "$sets"
    ok
    # No more than it had, since no_new_privs is set.
    out '0000000000000000
0000000000000421
0000000000000421
00000000000004a1
0000000000000000'
    cfg '.process.noNewPrivileges = false'
    gosh "$sets"
    ok
    # Root gets what is in the bounding set.
    out '0000000000000000
00000000000004a1
00000000000004a1
00000000000004a1
0000000000000000'
}

@test "without capabilities in the config there are none" {
    bundle
    cfg 'del(.process.capabilities)'
    gosh "$sets"
    ok
    is "$(sort -u <<<"$output")" 0000000000000000
    cfg '.process.capabilities = {}'
    gosh "$sets"
    ok
    is "$(sort -u <<<"$output")" 0000000000000000
}

@test "all capabilities that this kernel has" {
    bundle
    all_caps
    gosh "$sets; cat /proc/sys/kernel/cap_last_cap"
    # A kernel that is older than the list warns.
    rc 0
    last=${lines[5]}
    is "$(sed -n 2p <<<"$output")" "$(printf '%016x' $(((1 << (last + 1)) - 1)))"
    is "$(sed -n 4p <<<"$output")" "$(printf '%016x' $(((1 << (last + 1)) - 1)))"
}

@test "a capability of the future is a warning" {
    bundle
    caps CAP_KILL CAP_OF_THE_FUTURE
    gosh "$sets"
    rc 0
    is "${lines[1]} ${lines[3]}" '0000000000000020 0000000000000020'
    says 'rcrun: warning: process.capabilities'
    says CAP_OF_THE_FUTURE
    ! grep -v '^rcrun: warning: ' <<<"$stderr" || show
}

@test "ambient without permitted is a warning" {
    need_ids
    bundle
    user 1000
    cfg '.process.capabilities = {bounding: ["CAP_KILL", "CAP_CHOWN"], permitted: ["CAP_KILL"], effective: ["CAP_KILL"],
        inheritable: [], ambient: ["CAP_KILL", "CAP_CHOWN"]}'
    gosh "$sets"
    rc 0
    is "$(sed -n 5p <<<"$output")" 0000000000000020
    is "$(sed -n 3p <<<"$output")" 0000000000000020
    says 'process.capabilities.ambient: CAP_CHOWN'
}

@test "capabilities work: what is there can be done, what is not cannot" {
    bundle
    caps CAP_CHOWN
    gosh 'touch /f; chown 0:0 /f && echo chown; chroot / true 2>/dev/null || echo no chroot; hostname x 2>/dev/null || echo no hostname'
    ok
    out $'chown\nno chroot\nno hostname'
    caps CAP_SYS_CHROOT CAP_SYS_ADMIN
    gosh 'chroot / true && echo chroot; hostname x && hostname; mount -t tmpfs x /tmp && echo mount'
    ok
    out $'chroot\nx\nmount'
}

@test "no_new_privs is set when the config says so, and a setuid program tells" {
    need_ids
    bundle
    go grep NoNewPrivs /proc/self/status
    ok
    out $'NoNewPrivs:\t1'
    cp rootfs/bin/busybox rootfs/bin/ping.bin
    rm rootfs/bin/ping
    mkdir rootfs/suid
    mv rootfs/bin/ping.bin rootfs/suid/ping
    chmod 4755 rootfs/suid/ping
    user 1000
    cfg '.process.capabilities = {bounding: ["CAP_NET_RAW", "CAP_SETUID", "CAP_SETGID"]}'
    go /suid/ping -c 1 -W 2 127.0.0.1
    [ "$status" -ne 0 ] || show 'the program gained privileges'
    cfg '.process.noNewPrivileges = false'
    gosh '/suid/ping -c 1 -W 2 127.0.0.1 | grep received; grep NoNewPrivs /proc/self/status'
    ok
    has '1 packets received'
    line $'NoNewPrivs:\t0'
    cfg 'del(.process.noNewPrivileges)'
    go grep NoNewPrivs /proc/self/status
    out $'NoNewPrivs:\t0'
}

# ---- scheduling and the like ---------------------------------------------------------------

@test "the scheduling policy is that of the config" {
    bundle
    # Fields 19 and 41 of proc(5) stat: nice and policy.
    show_policy='sed "s/.*) //" /proc/self/stat | cut -d" " -f17,39'
    gosh "$show_policy"
    ok
    plain=$output
    cfg '.process.scheduler = {policy: "SCHED_BATCH", nice: 5}'
    gosh "$show_policy"
    ok
    out '5 3'
    cfg '.process.scheduler = {policy: "SCHED_IDLE"}'
    gosh "$show_policy"
    ok
    is "${output#* }" 5
    cfg '.process.scheduler = {policy: "SCHED_OTHER", nice: 7, flags: ["SCHED_FLAG_RESET_ON_FORK"]}'
    gosh 'sed "s/.*) //" /proc/1/stat | cut -d" " -f17,39'
    ok
    out '7 0'
    cfg 'del(.process.scheduler)'
    gosh "$show_policy"
    out "$plain"
}

@test "what only root may have of scheduling is refused with a hint" {
    bundle
    [ "$(ulimit -r)" = 0 ] && [ "$(ulimit -e)" -le 20 ] || skip 'this user may'
    cfg '.process.scheduler = {policy: "SCHED_FIFO", priority: 10}'
    go true
    refused process.scheduler SCHED_FIFO
    hint CAP_SYS_NICE
    cfg '.process.scheduler = {policy: "SCHED_OTHER", nice: -5}'
    go true
    refused process.scheduler
    hint CAP_SYS_NICE
}

@test "scheduling that makes no sense is refused" {
    bundle
    try() { # JSON WORD
        cfg --argjson s "$1" '.process.scheduler = $s'
        go true
        refused "process.scheduler$2"
    }
    try '{"policy": "SCHED_NONSENSE"}' .policy
    try '{"policy": "SCHED_FIFO", "priority": 0}' .priority
    try '{"policy": "SCHED_FIFO", "priority": 100}' .priority
    try '{"policy": "SCHED_OTHER", "priority": 1}' .priority
    try '{"policy": "SCHED_OTHER", "nice": 20}' .nice
    try '{"policy": "SCHED_OTHER", "flags": ["SCHED_FLAG_X"]}' '.flags[0]'
    try '{"policy": "SCHED_OTHER", "runtime": 5}' .runtime
    try '{"policy": "SCHED_DEADLINE", "runtime": 20000, "deadline": 10000, "period": 30000}' .runtime
    try '{}' .policy
}

@test "the priority of input and output" {
    bundle
    cfg '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6}'
    gosh 'ionice -p 1'
    ok
    out 'best-effort: prio 6'
    cfg '.process.ioPriority = {class: "IOPRIO_CLASS_IDLE", priority: 0}'
    gosh 'ionice -p 1'
    ok
    is "${output%%:*}" idle
    cfg '.process.ioPriority = {class: "IOPRIO_CLASS_RT", priority: 1}'
    go true
    refused process.ioPriority
    hint real-time
    cfg '.process.ioPriority = {class: "IOPRIO_CLASS_X", priority: 1}'
    go true
    refused process.ioPriority.class
    cfg '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 8}'
    go true
    refused process.ioPriority.priority
}

@test "the memory policy" {
    bundle
    [ -e /proc/self/numa_maps ] || skip 'a kernel without NUMA'
    cfg '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0"}'
    gosh 'cut -d" " -f2 /proc/self/numa_maps | sort -u'
    ok
    line bind:0
    cfg '.linux.memoryPolicy = {mode: "MPOL_INTERLEAVE", nodes: "0", flags: ["MPOL_F_STATIC_NODES"]}'
    gosh 'cut -d" " -f2 /proc/self/numa_maps | sort -u'
    ok
    has interleave
    cfg '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "1000"}'
    go true
    refused linux.memoryPolicy 1000
    for policy in '{"mode": "MPOL_X"}' '{"mode": "MPOL_BIND"}' '{"mode": "MPOL_BIND", "nodes": "x"}' \
        '{"mode": "MPOL_LOCAL", "nodes": "0"}' \
        '{"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES", "MPOL_F_RELATIVE_NODES"]}'; do
        cfg --argjson p "$policy" '.linux.memoryPolicy = $p'
        go true
        refused linux.memoryPolicy
    done
}

@test "a program is not bound to the processors that the launcher was" {
    bundle
    [ "$(nproc)" -gt 1 ] || skip 'one processor only'
    all=$(sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status)
    first=${all%%[-,]*}
    PREFIX=(taskset -c "$first")
    go sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status
    ok
    out "$all"
}

@test "the personality" {
    bundle
    [ "$(uname -m)" = x86_64 ] || skip 'not on x86-64'
    go uname -m
    out x86_64
    cfg '.linux.personality = {domain: "LINUX32"}'
    go uname -m
    ok
    out i686
    cfg '.linux.personality = {domain: "LINUX"}'
    PREFIX=(setarch i686)
    go uname -m
    ok
    out x86_64
    cfg '.linux.personality = {domain: "SOLARIS"}'
    go true
    refused linux.personality.domain SOLARIS
    cfg '.linux.personality = {domain: "LINUX", flags: ["X"]}'
    go true
    refused 'linux.personality.flags[0]'
}

@test "the session keyring is not the caller's" {
    bundle
    [ -r /proc/keys ] || skip 'a kernel without keys'
    cut -d' ' -f1 /proc/keys | sort >before
    gosh 'sed -n "/keyring .*_ses/s/ .*//p" /proc/keys'
    ok
    # Its id has never been seen before.
    [ -n "$(sort <<<"$output" | comm -13 before -)" ] || show 'no new one'
    OPTIONS=(--no-new-keyring --dry-run)
    go true
    lacks keyring
}

# ---- sysctl --------------------------------------------------------------------------------

@test "sysctls of the own namespaces are written, before they become read-only" {
    bundle
    cfg '.linux.sysctl = {"net.ipv4.ip_forward": "1", "net/ipv4/ip_unprivileged_port_start": "77",
            "net.ipv4.ping_group_range": "0 0", "kernel.shmmax": "1234567", "fs.mqueue.msg_max": "33",
            "kernel.domainname": "by.sysctl", "user.max_net_namespaces": "5", "kernel.msgmni": "77"}
        | .linux.readonlyPaths = ["/proc/sys"]'
    gosh 'cd /proc/sys; cat net/ipv4/ip_forward net/ipv4/ip_unprivileged_port_start net/ipv4/ping_group_range kernel/shmmax \
        fs/mqueue/msg_max kernel/domainname user/max_net_namespaces kernel/msgmni; echo 0 2>/dev/null >net/ipv4/ip_forward || echo ro'
    if [[ $status -ne 0 && $stderr == *kernel/shmmax* || $stderr == *fs/mqueue* ]]; then
        refused 'linux.sysctl'
        hint 'this kernel'
        cfg '.linux.sysctl |= del(.["kernel.shmmax", "fs.mqueue.msg_max", "kernel.msgmni"])'
        go true
    fi
    rc 0
    out $'1\n77\n0\t0\n1234567\n33\nby.sysctl\n5\n77\nro'
    is "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start | grep -cx 77)" 0
}

@test "sysctls of the host are refused" {
    bundle
    for key in kernel.panic vm.overcommit_memory kernel.hostname fs.file-max net kernel/../vm/swappiness \
        net.ipv4..ip_forward 'net.ipv4.ip forward' ''; do
        cfg --arg k "$key" '.linux.sysctl = {($k): "1"}'
        go true
        refused linux.sysctl
    done
    cfg '.linux.sysctl = {"kernel.hostname": "x"}'
    go true
    hint hostname
    cfg '.linux.sysctl = {"net.ipv4.ip_forward": "1"}'
    without network
    go true
    refused linux.sysctl net.ipv4.ip_forward '"network"'
    cfg '.linux.sysctl = {"kernel.shmmax": "1"}'
    without ipc
    go true
    refused linux.sysctl kernel.shmmax '"ipc"'
}

@test "a value that the kernel does not take is an error with its name" {
    bundle
    cfg '.linux.sysctl = {"net.ipv4.ip_unprivileged_port_start": "garbage"}'
    go true
    refused linux.sysctl ip_unprivileged_port_start 'invalid argument'
    cfg '.linux.sysctl = {"net.ipv4.no_such_thing": "1"}'
    go true
    refused linux.sysctl no_such_thing
    cfg '.linux.sysctl = {"net.ipv4.ping_group_range": "0 4000000000"}'
    go true
    refused linux.sysctl ping_group_range
    hint mapped
}
