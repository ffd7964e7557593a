.linux.intelRdt = { closID: "x" }
