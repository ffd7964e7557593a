.self.euid = 0 | .self.egid = 0 | .self.uid = 0 | .self.gid = 0 | .self.caps = all_caps
