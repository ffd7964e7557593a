root_key("overlay"; "upper")
