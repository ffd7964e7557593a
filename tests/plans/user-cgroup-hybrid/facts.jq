.mounts.cgroup = "hybrid"
