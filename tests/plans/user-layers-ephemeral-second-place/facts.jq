no_tmpfs([(place("/tmp") | .fs = "tmpfs" | .xattrErrno = 95), (place("/var/tmp") | .errno = 13), place("/run/user/1000/rcrun/.uppers")])
