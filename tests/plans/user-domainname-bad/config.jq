.domainname = "x"
