.process.capabilities = { bounding: ["CAP_CHECKPOINT_RESTORE"] }
