.mounts.cgroup = "none"
