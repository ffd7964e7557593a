.hooks = {}
