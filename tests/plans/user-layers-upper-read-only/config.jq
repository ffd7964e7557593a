kept("/srv/up")
