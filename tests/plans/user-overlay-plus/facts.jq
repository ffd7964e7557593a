.kernel.overlayFdLayers = false
