mount("tmpfs"; "/a"; ["ephemeral"])
