bind("/sys"; "/sys"; ["rbind", "ro"])
