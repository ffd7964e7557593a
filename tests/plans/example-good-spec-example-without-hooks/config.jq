del(.hooks, .linux.resources, .linux.intelRdt, .linux.netDevices) | .process.terminal = false | .ociVersion = "1.0.2"
