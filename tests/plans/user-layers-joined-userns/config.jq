ephemeral | join("user"; "/ns/child/user")
