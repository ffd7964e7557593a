no_tmpfs([(place("/tmp") | .fs = "9p" | .xattrErrno = 95)])
