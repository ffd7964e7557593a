new("time") | .linux.timeOffsets = { boottime: { secs: 1 } }
