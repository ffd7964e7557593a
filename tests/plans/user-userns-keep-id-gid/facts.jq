.self.egid = 100 | .self.gid = 100 | .self.primaryGid = 100
