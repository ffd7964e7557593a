fuse_works | .kernel.selinux = true
