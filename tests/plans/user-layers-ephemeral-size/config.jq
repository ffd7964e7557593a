ephemeral | root_key("size"; "512m")
