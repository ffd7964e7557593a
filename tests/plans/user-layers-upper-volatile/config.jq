kept("/srv/up") | root_key("volatile"; "true")
