.process.rlimits = [{ type: "RLIMIT_NOFILE", soft: 100, hard: 4097 }]
