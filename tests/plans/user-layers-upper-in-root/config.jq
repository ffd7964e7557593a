kept("/c/root/up")
