.process.noNewPrivileges = false | .linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/run/x", syscalls: [{ names: ["mount"], action: "SCMP_ACT_NOTIFY" }] }
