mount("overlay"; "/a"; ["ephemeral", "lowerdir=/srv/l", "upperdir=/u", "workdir=/w"])
