.hooks.createContainer = [{ path: "/bin/true" }]
