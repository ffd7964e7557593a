.self.umask = 511
