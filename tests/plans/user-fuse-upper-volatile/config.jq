kept("/srv/up") | root_key("volatile"; "true") | root_key("driver"; "fuse")
