kept("/mnt/c/up") | root_key("driver"; "fuse")
