ephemeral | root_key("size"; "12x")
