.process.env = ["FOO"]
