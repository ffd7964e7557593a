.process.terminal = true | without("mount") | no_mounts
