.annotations["org.rcrun.network"] = "slirp,mtu=1400" | .annotations["org.rcrun.network.publish"] = "8080:80 8081:81/udp" | .annotations["org.rcrun.network.dns-search"] = "a.test b.test"
