bind("/a"; "/srv/data"; ["rbind", "ro"]) | mapped([ids(0; 100000; 65536)]; [ids(0; 100000; 65536)])
