.paths += [dir("/c/root/home"; 1000), dir("/srv/data"; 1000)]
