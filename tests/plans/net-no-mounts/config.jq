no_mounts | without("mount")
