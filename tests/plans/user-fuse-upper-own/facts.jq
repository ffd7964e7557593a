fuse_works | kept_at("/srv/up") | .upper.kept.madeBy = "fuse-overlayfs"
