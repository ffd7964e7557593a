kept("/l0/..") | lowers(1)
