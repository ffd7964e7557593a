join("network"; "/ns/child/network") | without("user") | join("user"; "/ns/child/user") | del(.linux.uidMappings, .linux.gidMappings) | .annotations["org.rcrun.network"] = "slirp"
