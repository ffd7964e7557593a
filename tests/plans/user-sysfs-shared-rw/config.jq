mount("sysfs"; "/sys"; ["nosuid", "rw"]) | mount("cgroup"; "/sys/fs/cgroup"; ["ro"])
