kept_at("/home/u/up")
