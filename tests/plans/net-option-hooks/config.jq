.hooks.createRuntime = [{ path: "/bin/true" }]
