without("network")
