.annotations["org.rcrun.userns"] = "keep-id" | .process.user = {uid: 33, gid: 33} | bind("/data"; "/srv/data"; ["rbind"])
