without("mount") | no_mounts | .linux.devices = [{ type: "p", path: "/dev/pipe" }]
