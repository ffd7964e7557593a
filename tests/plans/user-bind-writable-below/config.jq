bind("/a"; "/srv/data"; ["rbind", "ro"]) | bind("/b"; "/srv/data"; ["rbind", "rro"]) | bind("/c"; "/srv/data"; ["bind", "ro"]) | bind("/d"; "/srv/data"; ["rbind"])
