layers(["/srv/l"])
