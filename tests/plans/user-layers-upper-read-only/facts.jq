kept_at("/srv/up") | .upper.kept.errno = 30
