.annotations["org.rcrun.network"] = "internal,mtu=1400" | .annotations["org.rcrun.network.publish"] = "8080:80"
