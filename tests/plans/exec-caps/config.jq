.process.capabilities = (["CAP_CHOWN", "CAP_NET_RAW"] | { bounding: ., effective: ., permitted: ., inheritable: ["CAP_NET_RAW"] })
