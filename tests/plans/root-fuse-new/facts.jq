fuse_works | kept_at("/srv/up") | .fuse.major = 2 | .fuse.minor = 1
