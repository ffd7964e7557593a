.process.capabilities = (["CAP_CHOWN"] | { bounding: ., effective: ., permitted: . })
