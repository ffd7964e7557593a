root_key("driver"; "fuse")
