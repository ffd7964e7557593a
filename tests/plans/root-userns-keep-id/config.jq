.annotations["org.rcrun.userns"] = "keep-id:uid=1000,gid=1000" | .process.user = { uid: 1000, gid: 1000 }
