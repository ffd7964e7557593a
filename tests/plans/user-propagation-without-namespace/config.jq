without("mount") | no_mounts | .linux.rootfsPropagation = "slave"
