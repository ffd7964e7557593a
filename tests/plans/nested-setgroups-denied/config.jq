.process.user.additionalGids = [5]
