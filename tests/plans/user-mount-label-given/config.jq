.linux.mountLabel = "x" | mount("tmpfs"; "/a"; ["context=y"])
