.linux.rootfsPropagation = "shared"
