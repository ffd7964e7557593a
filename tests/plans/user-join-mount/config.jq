.linux.namespaces = [{ type: "user", path: "/ns/child/user" }, { type: "mount", path: "/ns/child/mount" }] | no_mounts
