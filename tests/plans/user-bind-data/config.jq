bind("/a"; "/srv/data"; ["bind", "size=1m"])
