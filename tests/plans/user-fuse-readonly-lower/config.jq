ephemeral | lowers(1) | .root.readonly = true | root_key("driver"; "fuse")
