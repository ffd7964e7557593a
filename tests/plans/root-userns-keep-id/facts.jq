.subid = {known: true, uids: [extent(0; 100000; 65536)], gids: [extent(0; 100000; 65536)], newuidmap: {}, newgidmap: {}}
