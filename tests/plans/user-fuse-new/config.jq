ephemeral | root_key("driver"; "fuse")
