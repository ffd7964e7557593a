join("user"; "/ns/child/user") | mount("tmpfs"; "/a"; []) | mapped([ids(0; 1000; 1)]; [ids(0; 1000; 1)])
