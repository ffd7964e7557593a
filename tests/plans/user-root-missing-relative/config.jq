.root.path = "rootfs"
