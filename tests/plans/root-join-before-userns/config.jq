join("network"; "/ns/ours/network") | new("user") | maps([ids(0; 100000; 65536)]; [ids(0; 100000; 65536)]) | mount("sysfs"; "/sys"; ["ro"])
