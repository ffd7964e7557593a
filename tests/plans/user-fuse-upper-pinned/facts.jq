fuse_works | kept_at("/srv/up") | with_dirs(1)
