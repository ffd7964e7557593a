.linux.uidMappings = [ids(0; 1000; 1)]
