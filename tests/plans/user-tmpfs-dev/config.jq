no_mounts | mount("tmpfs"; "/dev"; ["nosuid", "ro"])
