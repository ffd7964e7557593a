kept_at("/c/root/up") | .upper.kept.meets = "/c/root"
