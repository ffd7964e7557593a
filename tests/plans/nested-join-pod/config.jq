join("network"; "/ns/ours/network") | join("ipc"; "/ns/ours/ipc") | join("pid"; "/ns/ours/pid") | mount("proc"; "/proc"; []) | mount("sysfs"; "/sys"; ["ro"]) | mount("mqueue"; "/dev/mqueue"; [])
