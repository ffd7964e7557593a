join("user"; "/ns/child/user") | new("time")
