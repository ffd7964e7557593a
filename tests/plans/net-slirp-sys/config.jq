without("network") | no_mounts | bind("/sys"; "/sys"; ["rbind", "nosuid", "ro"])
