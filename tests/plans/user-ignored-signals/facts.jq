.self.ignoredSignals = 4096
