.net = {
    routes: ["192.168.1.0/24"], servers: ["192.168.1.1"], search: ["lan"],
    options: ["edns0", "rotate"], helper: "/usr/bin/rcrun-net"
}
