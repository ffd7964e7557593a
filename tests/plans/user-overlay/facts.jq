layers(["/srv/l:1", "/home/u/l2"])
