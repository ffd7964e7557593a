change_path("/c/root"; missing("/c/root") | .errno = 5)
