# In an engine's user namespace that has one id, and shares it with the container.
.userns = { inChild: true, uidMap: [extent(0; 1000; 1)], gidMap: [extent(0; 1000; 1)] } |
.self |= (.euid = 0 | .egid = 0 | .caps = all_caps | .setgroupsDenied = true) |
.container.join = ["mount", "pid"]
