.kernel.cloneDetached = false
