bind("/a"; "/srv/data"; ["bind"]) | .mounts[1].uidMappings = [ids(0; 1; 1)] | .mounts[1].gidMappings = [ids(0; 1; 1)]
