ephemeral | root_key("lower.0"; "/srv/file")
