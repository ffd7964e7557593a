.process.user = { uid: 33, gid: 34, additionalGids: [35] }
