.annotations["org.rcrun.userns"] = "keep-id:uid=70000" | .process.user = { uid: 70000, gid: 1000 }
