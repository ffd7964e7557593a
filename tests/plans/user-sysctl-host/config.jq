new("network") | .linux.sysctl = { "kernel.panic": "1" }
