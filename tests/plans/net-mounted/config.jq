bind("/etc/hosts"; "/srv/file"; ["bind"])
