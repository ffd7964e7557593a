fuse_works | .fuse.major = 2 | .fuse.minor = 0
