fuse_works | .fuse.minor = 9
