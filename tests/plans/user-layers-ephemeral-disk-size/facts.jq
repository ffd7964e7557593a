no_tmpfs([place("/var/tmp")])
