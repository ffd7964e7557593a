no_tmpfs([(place("/var/tmp") | .errno = 30)])
