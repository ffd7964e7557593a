.process.user.additionalGids = [5, 6]
