mount("tmpfs"; "/a"; ["idmap", "ridmap"])
