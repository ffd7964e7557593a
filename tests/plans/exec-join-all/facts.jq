.container.join = ["user", "mount", "pid", "network", "ipc", "uts", "cgroup", "time"]
