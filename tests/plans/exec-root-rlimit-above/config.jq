.process.rlimits = [{ type: "RLIMIT_NOFILE", soft: 10, hard: 2000 }]
