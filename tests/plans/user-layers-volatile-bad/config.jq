ephemeral | root_key("volatile"; "1")
