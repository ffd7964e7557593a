.net.servers = [] | .net.resolvWhy = "/etc/resolv.conf: no such file or directory"
