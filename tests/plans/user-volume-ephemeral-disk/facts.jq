no_tmpfs([place("/var/tmp")]) | layers(["/srv/l", "/srv/k"])
