kept("/srv/up") | lowers(1) | maps([ids(0; 100000; 1000), ids(1000; 1000; 1)]; [ids(0; 100000; 1000), ids(1000; 1000; 1)]) | root_key("driver"; "fuse")
