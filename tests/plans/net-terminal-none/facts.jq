.tty = { stdin: true, any: true, stderr: true }
