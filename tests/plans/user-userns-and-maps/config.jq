.annotations["org.rcrun.userns"] = "keep-id" | .process.user = { uid: 0, gid: 0 } | .linux.uidMappings = [ids(0; 1000; 1)] | .linux.gidMappings = [ids(0; 1000; 1)]
