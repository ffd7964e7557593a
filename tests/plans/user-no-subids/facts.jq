.subid = { known: true, why: "/etc/subuid has no line for u", newuidmap: { path: "/usr/bin/newuidmap", works: true }, newgidmap: { path: "/usr/bin/newgidmap", works: true } }
