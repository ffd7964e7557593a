mount("devpts"; "/dev/pts"; ["newinstance", "ptmxmode=0666", "mode=0620", "gid=5"])
