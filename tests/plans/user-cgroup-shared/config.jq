mount("cgroup2"; "/sys/fs/cgroup"; ["rw"])
