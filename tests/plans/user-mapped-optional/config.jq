bind("/a"; "/srv/none"; ["bind", "optional", "idmap"])
