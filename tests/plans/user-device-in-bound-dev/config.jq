.linux.devices = [{ type: "p", path: "/dev/pipe" }]
