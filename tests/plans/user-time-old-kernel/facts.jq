.kernel |= (.release = "5.5.0" | .timeNs = false)
