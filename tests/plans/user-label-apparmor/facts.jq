.kernel.apparmor = true
