with_dirs(2)
