bind("/proc/sys"; "/srv/data"; ["bind"])
