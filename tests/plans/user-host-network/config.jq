# Everything as usual, but the network of the host.
no_mounts |
mount("proc"; "/proc"; []) |
mount("tmpfs"; "/dev"; ["nosuid", "strictatime", "mode=755"]) |
mount("devpts"; "/dev/pts"; ["newinstance", "gid=5"]) |
mount("sysfs"; "/sys"; ["nosuid", "noexec", "nodev", "ro"]) |
mount("cgroup"; "/sys/fs/cgroup"; ["ro"]) |
bind("/etc/resolv.conf"; "/srv/file"; ["bind", "ro"]) |
new("ipc") | new("uts") | new("cgroup") | .root.readonly = true
