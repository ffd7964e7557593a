mount("proc"; "/proc"; ["nosuid", "noatime"]) | new("network") | mount("sysfs"; "/sys"; ["nodev"])
