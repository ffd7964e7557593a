without("pid") | mount("proc"; "/proc"; ["ro"]) | mount("sysfs"; "/sys"; []) | mount("mqueue"; "/dev/mqueue"; [])
