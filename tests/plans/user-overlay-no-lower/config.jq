mount("overlay"; "/a"; ["upperdir=/u", "workdir=/w"])
