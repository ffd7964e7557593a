fuse_works | with_dirs(2)
