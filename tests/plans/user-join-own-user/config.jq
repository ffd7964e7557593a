join("user"; "/ns/self/user")
