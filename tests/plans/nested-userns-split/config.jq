new("user") | maps([ids(0; 0; 1000)]; [ids(0; 0; 1000)])
