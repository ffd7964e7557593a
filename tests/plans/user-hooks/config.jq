.hooks = { prestart: [], poststop: [{ path: "/bin/true" }] }
