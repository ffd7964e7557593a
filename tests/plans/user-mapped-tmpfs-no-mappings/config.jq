mount("tmpfs"; "/a"; ["idmap"])
