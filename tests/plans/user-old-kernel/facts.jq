.kernel |= (.release = "5.10.0" | .missing = "mount_setattr")
