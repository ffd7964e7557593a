layers(["/l1", "/l2"])
