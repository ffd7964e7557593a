.subid |= (.uids = [] | .gids = []) | .self.name = null
