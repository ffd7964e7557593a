ephemeral | without("mount") | no_mounts
