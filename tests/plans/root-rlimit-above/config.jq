.process.rlimits = [{ type: "RLIMIT_NOFILE", soft: 4097, hard: 4097 }, { type: "RLIMIT_CORE", soft: 0, hard: 0 }]
