new("user")
