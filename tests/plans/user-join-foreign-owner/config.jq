join("network"; "/ns/child/network")
