.annotations["org.rcrun.userns"] = "keep-id:uid=5,gid=6" | .process.user = { uid: 5, gid: 6 }
