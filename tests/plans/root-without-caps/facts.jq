.self.caps = 0
