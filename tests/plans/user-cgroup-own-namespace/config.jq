new("cgroup") | mount("cgroup"; "/sys/fs/cgroup"; ["nosuid", "ro", "memory"])
