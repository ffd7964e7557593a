.linux.rootfsPropagation = "runbindable" | .root.readonly = true
