.exe.seal = "memfd" | .self.ignoredSignals = 4096
