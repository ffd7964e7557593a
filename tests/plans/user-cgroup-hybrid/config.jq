new("cgroup") | mount("cgroup"; "/sys/fs/cgroup"; []) | mount("cgroup2"; "/cgroup"; ["ro"])
