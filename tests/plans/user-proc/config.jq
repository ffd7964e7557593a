mount("proc"; "/proc"; ["nosuid", "noexec", "nodev"])
