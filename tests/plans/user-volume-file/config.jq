mount("overlay"; "/a"; ["ephemeral", "lowerdir=/srv/f"])
