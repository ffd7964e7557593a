fuse_works | kept_at("/srv/up") | .upper.kept.madeBy = "an overlay of root"
