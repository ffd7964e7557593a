join("user"; "/ns/child/user") | join("mount"; "/ns/child/mount") | no_mounts | .linux.maskedPaths = ["/proc/kcore"]
