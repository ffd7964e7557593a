bind("/a"; "/srv/data"; ["rbind", "ridmap"]) | mapped([ids(0; 100000; 65536)]; [ids(0; 100000; 65536)])
