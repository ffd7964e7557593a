.paths += [dir("/sys"; 0)]
