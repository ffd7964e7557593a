kept_at("/srv/up") | with_dirs(11) | old_kernel
