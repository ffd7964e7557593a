mount("overlay"; "/a"; ["lowerdir=/srv/l", "nosuid"])
