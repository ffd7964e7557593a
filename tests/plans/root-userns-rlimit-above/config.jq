new("user") | maps([ids(0; 100000; 65536)]; [ids(0; 100000; 65536)]) | .process.rlimits = [{ type: "RLIMIT_NOFILE", soft: 4097, hard: 4097 }]
