.mounts += [{ destination: "/a" }]
