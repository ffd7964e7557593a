new("network") | mount("sysfs"; "/sys"; ["ro"])
