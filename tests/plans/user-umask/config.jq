.process.user.umask = 0
