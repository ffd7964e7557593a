.annotations["org.rcrun.userns"] = "keep-id:uid=1,gid=7" | .process.user = { uid: 1, gid: 7 }
