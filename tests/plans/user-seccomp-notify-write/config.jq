.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/run/x", syscalls: [{ names: ["mount", "write"], action: "SCMP_ACT_NOTIFY" }] }
