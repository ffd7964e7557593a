ephemeral | lowers(1) | root_key("lower.0"; "none")
