fuse_works | kept_at("/home/u/up") | .fuse.major = 2 | .fuse.minor = 0
