.kernel.overlayRefused = 19
