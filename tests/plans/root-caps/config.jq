.process.capabilities = { bounding: ["CAP_KILL", "CAP_SYS_RESOURCE"], permitted: ["CAP_KILL", "CAP_SYS_RESOURCE"], effective: ["CAP_KILL"] }
