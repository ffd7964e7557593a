without("pid") | .process.env += ["LISTEN_PID=7", "LISTEN_FDNAMES=own"]
