mount("tmpfs"; "/dev"; ["remount", "idmap"])
