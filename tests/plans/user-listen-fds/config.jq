.process.env += ["LISTEN_FDS=9", "LISTEN_PID=7", "A=b"]
