.subid.newgidmap = { path: "/usr/bin/newgidmap" }
