.process.terminal = true | .process.consoleSize = { height: 25, width: 80 } | no_mounts
