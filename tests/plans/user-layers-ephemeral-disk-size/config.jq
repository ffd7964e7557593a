ephemeral | root_key("size"; "20%")
