.process.selinuxLabel = "system_u:system_r:container_t:s0"
