bind("/a"; "/srv/closed/x"; ["bind"])
