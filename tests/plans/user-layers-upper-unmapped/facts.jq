kept_at("/srv/up")
