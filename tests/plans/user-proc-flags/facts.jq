.mounts |= (.procFlags = 15 | .sysFlags = 1025 + 2048)
