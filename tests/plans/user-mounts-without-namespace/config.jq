without("mount")
