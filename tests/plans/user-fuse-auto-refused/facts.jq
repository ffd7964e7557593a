fuse_works | .kernel.overlayRefused = 1
