new("user") | join("user"; "/ns/child/user") | bind("/a"; "/srv/data"; ["bind", "idmap"])
