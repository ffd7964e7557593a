root_key("overlay"; "ephemerel")
