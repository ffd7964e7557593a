ephemeral | maps([ids(0; 100000; 1000)]; [ids(0; 100000; 1000)]) | root_key("driver"; "fuse")
