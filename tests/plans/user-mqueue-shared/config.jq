mount("mqueue"; "/dev/mqueue"; ["nosuid"])
