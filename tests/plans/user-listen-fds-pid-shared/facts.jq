.service = { listenFds: 1 }
