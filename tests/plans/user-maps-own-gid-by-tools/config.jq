maps([ids(0; 1000; 1), ids(1; 100000; 10)]; [ids(0; 1000; 1)]) | .process.user.additionalGids = [5, 6]
