root_key("upper"; "/srv/up")
