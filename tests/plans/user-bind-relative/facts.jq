.paths += [dir("/home/u/data"; 1000), dir("/home/u/root"; 1000), dir("/home/x/data"; 1000)]
