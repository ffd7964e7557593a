bind("/a"; "/srv/data"; ["bind"]) | mapped([ids(0; 100000; 65536)]; [ids(0; 100000; 65536)])
