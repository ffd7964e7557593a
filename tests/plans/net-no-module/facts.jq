.net.tun = 2
