.paths += [dir("/run/user"; 0), dir("/home"; 0)]
