.mapRecord = { why: "/home/u/.rcrun-map: permission denied" }
