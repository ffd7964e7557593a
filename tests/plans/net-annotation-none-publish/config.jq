.annotations["org.rcrun.network"] = "none" | .annotations["org.rcrun.network.publish"] = "8080:80"
