.kernel |= (.release = "6.1.0" | .weightedInterleave = false)
