kept("up") | lowers(1) | .root.readonly = true
