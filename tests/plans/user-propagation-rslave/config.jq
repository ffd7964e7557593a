.linux.rootfsPropagation = "rslave" | bind("/a"; "/srv/data"; ["rbind"])
