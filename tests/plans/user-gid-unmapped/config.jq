.process.user.gid = 65537
