no_mounts | .linux.devices = [{ type: "c", path: "/dev/none", major: 10, minor: 1 }]
