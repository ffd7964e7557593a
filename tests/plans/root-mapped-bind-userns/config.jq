new("user") | maps([ids(0; 100000; 65536)]; [ids(0; 100000; 65536)]) | bind("/a"; "/srv/data"; ["bind", "idmap"])
