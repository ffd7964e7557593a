ephemeral | root_key("driver"; "fuse") | join("user"; "/ns/child/user")
