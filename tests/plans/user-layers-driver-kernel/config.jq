ephemeral | root_key("driver"; "kernel")
