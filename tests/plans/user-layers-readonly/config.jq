ephemeral | .root.readonly = true
