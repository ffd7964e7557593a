.container.join = ["user", "pid"]
