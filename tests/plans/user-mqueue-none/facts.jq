change_path("/dev/mqueue"; missing("/dev/mqueue"))
