without("user") | mount("tmpfs"; "/a"; ["idmap"])
