bind("/a"; "/srv/data"; ["bind", "src-beneath=/srv/dat"])
