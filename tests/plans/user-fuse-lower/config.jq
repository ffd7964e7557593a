lowers(2) | root_key("driver"; "fuse")
