.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["nosuchcall"], action: "SCMP_ACT_ERRNO" }] } | .annotations = { "run.oci.seccomp_fail_unknown_syscall": "1" }
