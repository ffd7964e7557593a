kept("up") | root_key("driver"; "fuse")
