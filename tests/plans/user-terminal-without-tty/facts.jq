.tty.any = true
