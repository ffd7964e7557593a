.kernel.seccomp = false
