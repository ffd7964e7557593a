.kernel.overlayRefused = 1
