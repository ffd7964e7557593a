new("ipc") | mount("mqueue"; "/dev/mqueue"; ["nosuid"])
