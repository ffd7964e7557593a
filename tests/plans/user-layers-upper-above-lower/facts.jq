kept_at("/") | with_dirs(1) | .upper.kept.meets = "/c/root"
