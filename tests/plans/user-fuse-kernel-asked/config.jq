kept("/mnt/c/up") | root_key("driver"; "kernel")
