fuse_works | kept_at("/mnt/c/up") | .upper.kept.fs = "9p" | .upper.kept.xattrErrno = 95
