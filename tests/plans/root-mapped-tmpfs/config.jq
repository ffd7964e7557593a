mount("tmpfs"; "/a"; ["idmap"]) | mapped([ids(0; 100000; 65536)]; [ids(0; 100000; 65536)])
