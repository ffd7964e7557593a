# Root of the host, and a container without a user namespace.
.self |= (.euid = 0 | .egid = 0 | .caps = all_caps) | .container.join = ["mount", "pid"]
