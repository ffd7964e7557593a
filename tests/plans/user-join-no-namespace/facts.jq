.namespaces += [{ path: "/srv/file", type: "none" }]
