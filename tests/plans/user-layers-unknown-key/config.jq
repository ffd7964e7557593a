root_key("sise"; "1m")
