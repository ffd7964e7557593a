layers(["/srv/l", "/srv/k"])
