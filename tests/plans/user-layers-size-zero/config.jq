ephemeral | root_key("size"; "0m")
