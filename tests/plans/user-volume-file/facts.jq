.paths += [file("/srv/f")]
