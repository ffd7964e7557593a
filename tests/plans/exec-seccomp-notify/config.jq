.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/run/x", listenerMetadata: "a b", syscalls: [{ names: ["mount"], action: "SCMP_ACT_NOTIFY" }] }
