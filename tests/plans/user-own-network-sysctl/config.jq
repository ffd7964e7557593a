join("network"; "/ns/self/network") | .linux.sysctl = { "net.ipv4.ip_forward": "1" }
