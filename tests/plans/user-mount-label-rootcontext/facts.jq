.kernel.selinux = true
