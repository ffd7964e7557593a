kept("/srv/up") | lowers(11)
