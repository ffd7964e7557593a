.process.consoleSize = { height: 24, width: 80 }
