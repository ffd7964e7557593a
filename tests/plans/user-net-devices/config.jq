.linux.netDevices = { eth0: {} } | new("network")
