bind("/a"; "/srv/data"; ["bind"]) | mapped([ids(10; 0; 5)]; [ids(10; 0; 1)])
