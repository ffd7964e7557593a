.annotations["org.rcrun.userns"] = "keep-id:uid=1,gid=65536" | .process.user = { uid: 1, gid: 65536 }
