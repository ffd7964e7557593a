new("user") | maps([ids(0; 0; 3410)]; [ids(0; 0; 10)])
