without("user") | del(.linux.uidMappings, .linux.gidMappings)
