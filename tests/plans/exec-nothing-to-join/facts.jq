# Everything is shared: an engine's user namespace, and we are in it.
.self |= (.caps = all_caps) | .container.join = []
