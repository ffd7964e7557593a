bind("/a"; "/srv/data"; ["rbind", "rslave"]) | bind("/b"; "/srv/data"; ["rbind"]) | bind("/c"; "/srv/data"; ["bind", "shared"])
