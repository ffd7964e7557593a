mount("overlay"; "/a"; ["lowerdir=/l1:/l2", "rnosuid"])
