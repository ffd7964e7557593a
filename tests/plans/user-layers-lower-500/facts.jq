with_dirs(500)
