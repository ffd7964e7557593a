new("network") | new("ipc") | new("uts") | new("cgroup") | .hostname = "web" | .domainname = "example.org"
