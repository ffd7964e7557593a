.kernel.lastCap = 39
