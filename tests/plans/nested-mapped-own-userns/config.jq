join("user"; "/ns/self/user") | mount("tmpfs"; "/a"; ["idmap"])
