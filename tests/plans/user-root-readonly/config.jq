.root.readonly = true | .process.cwd = "/srv/app"
