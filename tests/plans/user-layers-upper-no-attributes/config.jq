kept("/mnt/c/up")
