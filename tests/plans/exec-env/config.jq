.process.env = ["PATH=/bin", "A=0", "TERM=xterm"]
