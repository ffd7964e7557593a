.subid |= (.known = false | .uids = [] | .gids = [])
