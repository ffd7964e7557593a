# Root of the host.
.self |= (.euid = 0 | .egid = 0 | .uid = 0 | .gid = 0 | .groups = [0] | .name = "root" |
          .primaryGid = 0 | .caps = all_caps) |
.subid = { known: true, why: "/etc/subuid has no line for root", newuidmap: {}, newgidmap: {} } |
.stateRoot = "/run/rcrun"
