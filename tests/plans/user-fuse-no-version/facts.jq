fuse_works | .fuse.major = 0 | .fuse.minor = 0 | .fuse.why = "it tells no version"
