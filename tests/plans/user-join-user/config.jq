join("user"; "/ns/child/user") | join("pid"; "/ns/child/pid") | join("network"; "/ns/child/network") | mount("proc"; "/proc"; []) | mount("sysfs"; "/sys"; [])
