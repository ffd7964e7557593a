bind("/a"; "/srv/data/x/y"; ["bind", "src-beneath=/srv/data"]) | bind("/b"; "vol"; ["rbind", "src-beneath=."])
