.subid.uids += [extent(0; 300000; 1000)] | .subid.gids += [extent(0; 999; 1), extent(0; 1001; 64535)]
