.paths += [missing("/srv/closed/x") | .errno = 13 | .stop = "/srv/closed" | .uid = 1234 | .gid = 5 | .mode = 448]
