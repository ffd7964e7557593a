.net.default6 = true
