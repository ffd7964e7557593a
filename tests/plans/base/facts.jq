# An ordinary user with subordinate ids and a new kernel.
{
    self: {
        euid: 1000, egid: 1000, uid: 1000, gid: 1000, groups: [1000], name: "u",
        primaryGid: 1000, caps: 0, bounding: all_caps, umask: 18,
        rlimits: [range(16) | { soft: "@U64_MAX@", hard: "@U64_MAX@" }]
    },
    userns: { uidMap: [extent(0; 0; 4294967295)], gidMap: [extent(0; 0; 4294967295)] },
    subid: {
        known: true, uids: [extent(0; 100000; 65536)], gids: [extent(0; 100000; 65536)],
        newuidmap: { path: "/usr/bin/newuidmap", works: true },
        newgidmap: { path: "/usr/bin/newgidmap", works: true }
    },
    kernel: {
        release: "6.18.0", major: 6, minor: 18, lastCap: 40, timeNs: true,
        overlayFdLayers: true, overlayLowerdirPlus: true, cloneDetached: true, seccomp: true,
        weightedInterleave: true
    },
    # nosuid, nodev, noexec, relatime
    mounts: { procFlags: 4110, procThere: true, sysFlags: 4110, cgroup: "v2" },
    exe: { path: "/usr/bin/rcrun", seal: "none" },
    tty: { stdin: false, any: false },
    upper: { tmpfsXattrs: true, unique: "abc234" },
    cwd: "/home/u", stateRoot: "/run/user/1000/rcrun",
    paths: [
        dir("/c/root"; 1000), dir("/srv/data"; 1000), dir("/srv/other"; 1234), file("/srv/file"),
        dir("/dev"; 0), dir("/dev/mqueue"; 0), dir("/proc"; 0),
        device("char"; "/dev/fuse"; 10; 229), device("char"; "/dev/null"; 1; 3),
        device("block"; "/dev/loop0"; 7; 0),
        missing("/srv/none"), missing("/dev/none"),
        (missing("/srv/locked/x") | .errno = 13 | .stop = "/srv/locked")
    ],
    # Below /ns/child: of another container of ours; /ns/ours: owned by our user namespace;
    # /ns/self: those that we are in; /ns/alien: of somebody else.
    namespaces: [
        ("child", "ours", "self", "alien") as $owner |
        ("user", "mount", "pid", "network", "ipc", "uts", "cgroup", "time") as $type |
        {
            path: "/ns/\($owner)/\($type)", type: $type, ino: 1,
            own: ($owner == "self"), ownedByUs: ($owner == "self" or $owner == "ours"),
            ownedByChild: ($owner == "child")
        }
    ]
}
