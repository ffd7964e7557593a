.annotations["org.rcrun.network"] = "slirp,mut=1400"
