fuse_works | .fuse.device = 13
