.container.join = ["user", "mount", "pid"]
