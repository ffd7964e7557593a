root_key("volatile"; "true")
