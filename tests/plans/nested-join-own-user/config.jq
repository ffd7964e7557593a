join("user"; "/ns/self/user") | maps([ids(0; 0; 1)]; [ids(0; 0; 1)])
