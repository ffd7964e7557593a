without("network") | new("network")
