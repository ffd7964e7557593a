.hooks = { createRuntime: [{ path: "/bin/true" }] } | .annotations = { "run.oci.hooks.stderr": "/var/err" }
