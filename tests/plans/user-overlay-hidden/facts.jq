layers(["/c/root/x", "/srv/k"])
