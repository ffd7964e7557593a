bind("/a"; "/srv/data"; ["bind", "src-nofollow"]) | maps([ids(0; 100000; 1000)]; [ids(0; 100000; 1000)])
