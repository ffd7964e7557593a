.process.user.additionalGids = [5, 100000]
