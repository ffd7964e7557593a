.process.user = { uid: 33, gid: 34 }
