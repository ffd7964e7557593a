ephemeral | root_key("lower.1"; "/l1")
