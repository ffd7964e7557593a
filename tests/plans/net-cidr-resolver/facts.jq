.net.servers = ["10.0.2.1"]
