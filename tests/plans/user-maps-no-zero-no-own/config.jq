maps([ids(5; 100000; 10)]; [ids(5; 100000; 10)]) | .process.user = { uid: 7, gid: 7 }
