join("user"; "/ns/child/user")
