.linux.rootfsPropagation = "private" | bind("/a"; "/srv/data"; ["rbind", "private"])
