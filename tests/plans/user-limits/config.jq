.linux.resources = { memory: { limit: 1048576 } }
