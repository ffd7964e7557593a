mount("overlay"; "/a"; ["lowerdir=/l1:/l2", "upperdir=/u", "workdir=/w", "userxattr", "volatile"])
