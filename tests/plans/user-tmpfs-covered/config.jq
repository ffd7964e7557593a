no_mounts | mount("tmpfs"; "/run"; ["ro"]) | mount("tmpfs"; "/run"; []) | bind("/run/x"; "/srv/data"; ["bind"])
