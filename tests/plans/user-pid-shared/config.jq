without("pid") | mount("proc"; "/proc"; ["nosuid"])
