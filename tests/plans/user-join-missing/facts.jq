.namespaces += [{ path: "/run/netns/none", type: "none", errno: 2 }]
