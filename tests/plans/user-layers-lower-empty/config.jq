ephemeral | root_key("lower.0"; "")
