without("user")
