.process.rlimits = [{ type: "RLIMIT_NOFILE", soft: 10, hard: 20 }, { type: "RLIMIT_CORE", soft: 0, hard: 0 }]
