kept_at("/home/u/up") | with_dirs(1) | .paths += [dir("/home/u/up/diff"; 1000)]
