.annotations["org.rcrun.network"] = "slirp"
