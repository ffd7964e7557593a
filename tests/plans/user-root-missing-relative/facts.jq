.paths += [missing("/home/u/rootfs")]
