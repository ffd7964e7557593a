.tty = { stdin: true, any: true }
