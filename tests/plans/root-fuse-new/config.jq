kept("/srv/up") | root_key("driver"; "fuse")
