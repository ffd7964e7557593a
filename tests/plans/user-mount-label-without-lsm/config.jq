.linux.mountLabel = "x"
