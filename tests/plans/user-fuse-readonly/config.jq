ephemeral | .root.readonly = true | root_key("driver"; "fuse")
