# Root of a user namespace, as below an engine of a user.
.self |= (.euid = 0 | .egid = 0 | .uid = 0 | .gid = 0 | .groups = [0] | .name = "root" |
          .primaryGid = 0 | .caps = all_caps) |
.userns = {
    inChild: true,
    uidMap: [extent(0; 1000; 1), extent(1; 100000; 65536)],
    gidMap: [extent(0; 1000; 1), extent(1; 100000; 65536)]
} |
.subid = { known: true, why: "/etc/subuid has no line for root", newuidmap: {}, newgidmap: {} }
