kept("up")
