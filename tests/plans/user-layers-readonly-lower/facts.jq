with_dirs(1)
