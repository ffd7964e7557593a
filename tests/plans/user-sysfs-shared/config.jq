mount("sysfs"; "/sys"; ["nosuid", "ro"])
