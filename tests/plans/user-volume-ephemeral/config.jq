mount("overlay"; "/a"; ["ephemeral", "lowerdir=/srv/l", "nosuid"])
