.root.path = "/srv/none"
