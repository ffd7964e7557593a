mount("tmpfs"; "/a"; []) | mapped([ids(0; 100000; 1)]; [ids(0; 1000; 1), ids(1; 0; 1)])
