kept("up") | .root.readonly = true
