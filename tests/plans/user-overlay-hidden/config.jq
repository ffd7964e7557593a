ephemeral | mount("overlay"; "/a"; ["lowerdir=/c/root/x:/srv/k"])
