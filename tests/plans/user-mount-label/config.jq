.linux.mountLabel = "system_u:object_r:container_file_t:s0:c1,c2" | mount("tmpfs"; "/a"; []) | mount("proc"; "/proc"; []) | mount("devpts"; "/dev/pts"; [])
