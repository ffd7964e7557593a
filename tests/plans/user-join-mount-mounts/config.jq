join("user"; "/ns/child/user") | join("mount"; "/ns/child/mount")
