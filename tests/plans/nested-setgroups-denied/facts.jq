.self.setgroupsDenied = true
