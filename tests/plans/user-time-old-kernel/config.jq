new("time")
