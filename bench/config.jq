# config.jq - what bench/config prints; see there.  Has $case, $root, $uid and $gid of the caller,
# $uids and $gids (the first subordinate ids, or null), $architectures and $names.

def map_of($own; $first):
    [{containerID: 0, hostID: $own, size: 1},
        if $first then {containerID: 1, hostID: $first, size: 65536} else empty end];

def full: {
    ociVersion: "1.0.2",
    process: {
        terminal: false, user: {uid: 0, gid: 0}, args: ["/bin/true"], env: ["PATH=/bin"], cwd: "/",
        noNewPrivileges: true,
        capabilities: (["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
            | {bounding: ., effective: ., inheritable: ., permitted: ., ambient: .}),
        rlimits: [{type: "RLIMIT_NOFILE", hard: 1024, soft: 1024}]
    },
    root: {path: $root, readonly: false},
    hostname: "bench",
    mounts: [
        {destination: "/proc", type: "proc", source: "proc"},
        {destination: "/dev", type: "tmpfs", source: "tmpfs",
            options: ["nosuid", "strictatime", "mode=755", "size=65536k"]},
        {destination: "/dev/pts", type: "devpts", source: "devpts",
            options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]},
        {destination: "/dev/shm", type: "tmpfs", source: "shm",
            options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]},
        {destination: "/dev/mqueue", type: "mqueue", source: "mqueue",
            options: ["nosuid", "noexec", "nodev"]},
        {destination: "/sys", type: "sysfs", source: "sysfs",
            options: ["nosuid", "noexec", "nodev", "ro"]}
    ],
    linux: {
        namespaces: (["pid", "network", "ipc", "uts", "mount", "user"] | map({type: .})),
        uidMappings: map_of($uid; $uids),
        gidMappings: map_of($gid; $gids),
        maskedPaths: ["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys",
            "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
            "/sys/firmware", "/proc/scsi"],
        readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
    }
};

# What an engine does not give to a container, or only where an argument compares.
def withheld: "acct add_key bpf clock_adjtime clock_settime clone clone3 create_module
    delete_module finit_module fsconfig fsmount fsopen fspick get_kernel_syms init_module ioperm
    iopl kcmp kexec_file_load kexec_load keyctl lookup_dcookie mbind migrate_pages mount
    mount_setattr move_mount move_pages nfsservctl open_by_handle_at open_tree perf_event_open
    personality pivot_root process_madvise query_module quotactl quotactl_fd reboot request_key
    setns set_mempolicy settimeofday socket swapoff swapon syslog sysfs umount umount2 unshare
    uselib userfaultfd ustat vhangup vserver _sysctl" | [splits("\\s+")];

def compare($name; $op; $value; $other): {
    names: [$name], action: "SCMP_ACT_ALLOW",
    args: [{index: 0, value: $value, valueTwo: $other, op: ("SCMP_CMP_" + $op)}]
};

def like_an_engine: {
    defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 38,
    architectures: $architectures,
    syscalls: [
        {names: ($names - withheld), action: "SCMP_ACT_ALLOW"},
        compare("clone"; "MASKED_EQ"; 2114060288; 0),
        ((0, 8, 131072, 131080, 4294967295) as $persona | compare("personality"; "EQ"; $persona; 0)),
        compare("socket"; "NE"; 40; 0),
        {names: ["bpf", "mount", "setns", "umount2", "unshare"], action: "SCMP_ACT_ERRNO",
            errnoRet: 1}
    ]
};

def unmasked: .linux.maskedPaths = [] | .linux.readonlyPaths = [];

full
| if $case == "full" then .
  elif $case == "single" then .linux.uidMappings |= .[:1] | .linux.gidMappings |= .[:1]
  elif $case == "nonet" then
    .linux.namespaces |= map(select(.type != "network"))
    | .mounts[5] = {destination: "/sys", type: "none", source: "/sys",
        options: ["rbind", "nosuid", "noexec", "nodev", "ro"]}
  elif $case == "nopid" then
    .linux.namespaces |= map(select(.type != "pid"))
    | .mounts[0] = {destination: "/proc", type: "none", source: "/proc", options: ["rbind"]}
    | unmasked
  elif $case == "min" then .mounts |= .[:1] | unmasked
  elif $case == "seccomp" then .linux.seccomp = like_an_engine
  elif $case == "mounts1000" then
    .mounts += [range(1000) | {destination: "/mnt/\(.)", type: "bind",
        source: "/etc/passwd", options: ["bind", "ro"]}]
  elif $case == "env1m" then .process.env += [range(10000) | "V\(.)=" + ("x" * 95)]
  elif $case == "names5000" then
    .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: $architectures[:1],
        syscalls: [range(5000) | {names: ["nosuch_\(.)"], action: "SCMP_ACT_ERRNO"}]}
  elif $case == "ephemeral" then .annotations = {"org.rcrun.root.overlay": "ephemeral"}
  elif $case == "upper" then .annotations = {"org.rcrun.root.overlay": "upper", "org.rcrun.root.upper": "kept"}
  elif $case == "fuse" then
    .annotations = {"org.rcrun.root.overlay": "ephemeral", "org.rcrun.root.driver": "fuse"}
  else error("no case \($case)") end
