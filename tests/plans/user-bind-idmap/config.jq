bind("/a"; "/srv/data"; ["bind", "idmap"])
