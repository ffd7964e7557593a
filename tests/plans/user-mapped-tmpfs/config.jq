mount("tmpfs"; "/a"; ["idmap", "mode=700"]) | mapped([ids(0; 100009; 5)]; [ids(0; 1000; 1), ids(1; 100000; 2)])
