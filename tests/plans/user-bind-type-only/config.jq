.mounts += [{ destination: "/a", source: "/srv/data", type: "bind" }]
