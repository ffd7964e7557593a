.service = { listenFds: 2, listenNames: "web:admin" }
