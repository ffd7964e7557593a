bind("/a"; "/srv/none"; ["bind"])
