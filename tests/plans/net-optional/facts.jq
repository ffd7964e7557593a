.net.tun = 13
