ephemeral | .root.readonly = true | lowers(1)
