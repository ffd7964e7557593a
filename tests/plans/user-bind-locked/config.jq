bind("/a"; "/srv/locked/x"; ["bind"])
