# Root of the host, for the examples of the specification.
.self |= (.euid = 0 | .egid = 0 | .uid = 0 | .gid = 0 | .groups = [0] | .name = "root" |
          .primaryGid = 0 | .caps = all_caps) |
.kernel |= (.apparmor = true | .selinux = true) |
.paths += [dir("/home/u/rootfs"; 0), device("block"; "/dev/sda"; 8; 0)]
