ephemeral | mount("overlay"; "/a"; ["ephemeral", "lowerdir=/srv/l:/srv/k"])
