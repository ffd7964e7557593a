bind("/a"; "/run/user"; ["rbind"]) | bind("/b"; "/home"; ["rbind"]) | bind("/c"; "/run/user"; ["rbind", "ro"])
