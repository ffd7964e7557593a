join("user"; "/ns/child/user") | join("time"; "/ns/child/time")
