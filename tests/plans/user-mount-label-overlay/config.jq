ephemeral | .linux.mountLabel = "system_u:object_r:container_file_t:s0"
