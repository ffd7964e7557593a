.process.noNewPrivileges = false
