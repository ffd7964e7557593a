.linux.rootfsPropagation = "rprivate"
