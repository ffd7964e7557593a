bind("/a"; "/srv/data"; ["bind"]) | mapped([ids(0; 1; 1)]; [ids(0; 1; 1)])
