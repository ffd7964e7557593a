.self.setgroupsDenied = true | .userns.inChild = true
