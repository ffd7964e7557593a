no_tmpfs([place("/var/tmp")]) | with_dirs(12) | old_kernel
