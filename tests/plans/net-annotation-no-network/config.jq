without("network") | .annotations["org.rcrun.network"] = "slirp"
