kept_at("/c/root/up")
