mount("overlay"; "/a"; ["lowerdir=/srv/l\\:1:l2", "upperdir=/srv/u", "workdir=/srv/w", "ro"])
