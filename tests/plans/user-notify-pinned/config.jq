maps([ids(0; 100000; 1000), ids(1000; 1000; 1)]; [ids(0; 100000; 1000), ids(1000; 1000; 1)]) | .process.user = { uid: 1000, gid: 1000 } | bind("/data"; "/srv/data"; ["rbind"])
