kept_at("/") | with_dirs(1)
