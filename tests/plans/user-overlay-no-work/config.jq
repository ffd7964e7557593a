mount("overlay"; "/a"; ["lowerdir=/l1", "upperdir=/u"])
