.linux.namespaces = [{ type: "user" }] | no_mounts
