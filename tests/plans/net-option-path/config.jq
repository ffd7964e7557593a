without("user") | join("user"; "/ns/child/user") | del(.linux.uidMappings, .linux.gidMappings) | join("network"; "/ns/child/network")
