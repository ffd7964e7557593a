ephemeral | root_key("lower.01"; "/l1")
