fuse_works | kept_at("/home/u/up")
