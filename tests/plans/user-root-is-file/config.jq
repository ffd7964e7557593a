.root.path = "/srv/file"
