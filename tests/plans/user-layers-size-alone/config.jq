root_key("size"; "12m")
