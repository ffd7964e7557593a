kept_at("/home/u/up") | .upper.kept.madeBy = "fuse-overlayfs" | .paths += [dir("/home/u/up/diff"; 1000)]
