.paths += [missing("/srv/f")]
