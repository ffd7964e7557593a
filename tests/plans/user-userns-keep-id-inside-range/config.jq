.annotations["org.rcrun.userns"] = "keep-id" | .process.user = { uid: 100500, gid: 1000 }
