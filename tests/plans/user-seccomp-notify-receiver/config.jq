.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["mount"], action: "SCMP_ACT_NOTIFY" }] } | .annotations = { "run.oci.seccomp.receiver": "/run/x" }
