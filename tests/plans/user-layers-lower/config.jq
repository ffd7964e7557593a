lowers(2)
