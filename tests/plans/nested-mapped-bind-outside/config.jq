bind("/a"; "/srv/data"; ["bind"]) | mapped([ids(0; 65530; 8)]; [ids(0; 0; 1)])
