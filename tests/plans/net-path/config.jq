without("user") | join("user"; "/ns/child/user") | del(.linux.uidMappings, .linux.gidMappings)
