.self |= (.euid = 0 | .egid = 0 | .caps = all_caps) | .subid = {known: true, newuidmap: {}, newgidmap: {}}
