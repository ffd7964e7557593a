.linux.resources.devices = [{ allow: false, access: "rwm" }] | .process.capabilities = { bounding: ["CAP_KILL", "CAP_MKNOD"] }
