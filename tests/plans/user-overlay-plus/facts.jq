.kernel.overlayFdLayers = false | layers(["/l1", "/l2"])
