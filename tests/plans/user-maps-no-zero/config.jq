maps([ids(1000; 1000; 1)]; [ids(1000; 1000; 1)]) | .process.user = { uid: 1000, gid: 1000 }
