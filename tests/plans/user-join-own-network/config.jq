join("network"; "/ns/self/network")
