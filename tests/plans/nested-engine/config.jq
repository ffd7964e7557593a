# As an engine of a user writes it: below its user namespace, with its network.
no_mounts |
mount("proc"; "/proc"; ["nosuid", "noexec", "nodev"]) |
mount("tmpfs"; "/dev"; ["nosuid", "strictatime", "mode=755", "size=65536k"]) |
mount("sysfs"; "/sys"; ["nosuid", "noexec", "nodev", "ro"]) |
mount("devpts"; "/dev/pts"; ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]) |
mount("mqueue"; "/dev/mqueue"; ["nosuid", "noexec", "nodev"]) |
bind("/etc/hosts"; "/srv/file"; ["bind", "rprivate"]) |
mount("tmpfs"; "/dev/shm"; ["nosuid", "nodev", "noexec", "mode=1777", "size=64000k"]) |
mount("cgroup"; "/sys/fs/cgroup"; ["rprivate", "nosuid", "noexec", "nodev", "relatime", "ro"]) |
join("network"; "/ns/ours/network") | new("ipc") | new("uts") | new("cgroup") |
.hostname = "6f1e" |
.process.capabilities |= (.bounding = ["CAP_CHOWN", "CAP_KILL"] | .effective = .bounding |
                          .permitted = .bounding) |
.process.rlimits = [{ type: "RLIMIT_NOFILE", soft: 1048576, hard: 1048576 }] |
.process.oomScoreAdj = 0 |
.linux.maskedPaths = ["/proc/kcore", "/sys/firmware"] |
.linux.readonlyPaths = ["/proc/sys"] |
.linux.resources.devices = [{ allow: false, access: "rwm" }]
