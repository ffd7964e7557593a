mount("tmpfs"; "/a"; ["uid=5"])
