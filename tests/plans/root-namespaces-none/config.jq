del(.linux) | no_mounts
