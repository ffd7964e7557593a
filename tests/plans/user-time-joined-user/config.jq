join("user"; "/ns/child/user") | new("time") | .linux.timeOffsets = { boottime: { secs: 1 } }
