.root.readonly = true
