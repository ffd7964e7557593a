.linux.resources = { memory: { limit: -1 }, devices: [{ allow: false, access: "rwm" }] } | .linux.cgroupsPath = "/x"
