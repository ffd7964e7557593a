change_path("/srv/data"; .writableBelow = "/srv/data/sub")
