kept_at("/srv/up") | with_dirs(12) | old_kernel
