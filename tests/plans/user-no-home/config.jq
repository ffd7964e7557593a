.process.env = ["PATH=/bin"] | .process.user.uid = 33
