bind("/a"; "/srv/none"; ["bind", "optional"]) | bind("/b"; "/srv/data"; ["bind", "optional"])
