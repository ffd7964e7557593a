bind("/a"; "/srv/data"; ["bind", "tmpcopyup"])
