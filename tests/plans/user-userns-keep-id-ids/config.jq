.annotations["org.rcrun.userns"] = "keep-id:uid=33,gid=42" | .process.user = { uid: 33, gid: 42 }
