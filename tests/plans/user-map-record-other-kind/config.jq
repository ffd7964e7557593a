.annotations["org.rcrun.userns"] = "keep-id" | .process.user = { uid: 1000, gid: 1000 }
