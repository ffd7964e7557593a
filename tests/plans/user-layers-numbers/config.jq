kept("/srv/up") | lowers(12)
