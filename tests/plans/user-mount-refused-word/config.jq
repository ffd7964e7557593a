bind("/a"; "/srv/data"; ["bind", "copy-symlink"])
