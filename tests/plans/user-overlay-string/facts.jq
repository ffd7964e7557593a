.kernel |= (.overlayFdLayers = false | .overlayLowerdirPlus = false) | layers(["/l1", "/l2"])
