.paths += [dir("/srv/data/x/y"; 1000), dir("/home/u/vol"; 1000)]
