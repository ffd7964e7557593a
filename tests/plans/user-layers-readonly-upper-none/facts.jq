kept_at("/home/u/up") | .paths += [missing("/home/u/up/diff")]
