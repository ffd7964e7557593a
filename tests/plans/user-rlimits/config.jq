.process.rlimits = [{ type: "RLIMIT_NOFILE", soft: 100, hard: 4096 }, { type: "RLIMIT_CORE", soft: 0, hard: 0 }]
