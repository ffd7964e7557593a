without("pid") | new("network") | .linux.sysctl = { "net.ipv4.conf.eth0/1.forwarding": "1" }
