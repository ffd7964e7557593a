.annotations["org.rcrun.userns"] = "keep-id:uid=1,gid=8" | .process.user = { uid: 1, gid: 8 }
