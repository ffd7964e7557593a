with_dirs(2) | .kernel.overlayFdLayers = false
