mount("overlay"; "/a"; ["ephemeral", "lowerdir=/srv/l:/srv/k"]) | maps([ids(0; 100000; 1000), ids(1000; 1000; 1)]; [ids(0; 100000; 1000), ids(1000; 1000; 1)])
