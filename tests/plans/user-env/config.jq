.process.env = ["A=1", "B=2", "A=3", "HOME=", "A2=", "B=4", "AB=5"]
