.root.path = "/srv/locked/x"
