.annotations["org.rcrun.userns"] = "default" | .process.user = { uid: 0, gid: 0 }
