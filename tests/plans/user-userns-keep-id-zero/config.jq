.annotations["org.rcrun.userns"] = "keep-id:uid=0,gid=0" | .process.user = { uid: 0, gid: 0 }
