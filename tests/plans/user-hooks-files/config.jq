.hooks = { createContainer: [{ path: "/bin/true" }], poststop: [{ path: "/bin/true" }] } | .annotations = { "run.oci.hooks.stdout": "logs/out", "run.oci.hooks.stderr": "/var/err" }
