.hooks.createRuntime = [{ path: "/bin/true" }] | .annotations["org.rcrun.network"] = "slirp"
