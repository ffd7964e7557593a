fuse_works | .fuse.major = 0 | .fuse.minor = 12
