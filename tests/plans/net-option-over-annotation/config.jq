.annotations["org.rcrun.network"] = "slirp,mtu=1400"
