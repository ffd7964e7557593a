new("user") | maps([ids(0; 100000; 10)]; [ids(0; 0; 10)])
