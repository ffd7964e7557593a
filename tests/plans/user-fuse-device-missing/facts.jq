fuse_works | .fuse.device = 2
