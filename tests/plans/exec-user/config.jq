.process.user = { uid: 1000, gid: 1000, umask: 63, additionalGids: [5] }
