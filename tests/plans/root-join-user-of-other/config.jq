join("user"; "/ns/child/user") | join("network"; "/ns/ours/network") | join("ipc"; "/ns/child/ipc") | mount("mqueue"; "/dev/mqueue"; [])
