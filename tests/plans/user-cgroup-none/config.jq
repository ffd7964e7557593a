new("cgroup") | mount("cgroup"; "/sys/fs/cgroup"; [])
