.paths += [missing("/home/u/none")]
