join("network"; "/ns/ours/network") | join("uts"; "/ns/ours/uts") | join("pid"; "/ns/ours/pid") | new("ipc")
