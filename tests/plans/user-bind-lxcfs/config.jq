mount("proc"; "/proc"; []) | bind("/proc/meminfo"; "/srv/file"; ["bind"])
