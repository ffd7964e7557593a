fuse_works | kept_at("/srv/up")
