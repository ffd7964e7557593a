.kernel.lastCap = 10
