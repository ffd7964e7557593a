.subid = { newuidmap: { path: "/usr/bin/newuidmap", works: true }, newgidmap: { why: "newgidmap(1) is not installed" } }
