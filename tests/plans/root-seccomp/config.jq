.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", flags: [], syscalls: [{ names: ["reboot"], action: "SCMP_ACT_ERRNO" }] }
