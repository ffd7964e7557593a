fuse_works | .fuse.device = 19
