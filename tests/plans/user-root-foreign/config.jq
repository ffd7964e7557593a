.root.path = "/srv/other"
