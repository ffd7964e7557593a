ephemeral | root_key("size"; "64m") | root_key("driver"; "fuse")
