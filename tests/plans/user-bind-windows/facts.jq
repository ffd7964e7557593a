.paths += [dir("/mnt/c/x"; 1000) | .noModes = true] | .paths += [dir("/mnt/c/root"; 1000) | .noModes = true]
