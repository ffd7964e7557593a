ephemeral | bind("/home"; "/c/root/home"; ["rbind"]) | bind("/srv"; "/srv/data"; ["bind"])
