join("network"; "/ns/child/ipc")
