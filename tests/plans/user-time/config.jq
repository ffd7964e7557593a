new("time") | .linux.timeOffsets = { monotonic: { secs: 86400 }, boottime: { secs: -3600, nanosecs: 500 } }
