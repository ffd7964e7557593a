.kernel |= (.overlayFdLayers = false | .overlayLowerdirPlus = false)
