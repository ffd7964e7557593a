.linux.seccomp = { defaultAction: "SCMP_ACT_TRACE", syscalls: [{ names: ["personality"], action: "SCMP_ACT_ALLOW", args: [{ index: 0, value: 8, valueTwo: 1, op: "SCMP_CMP_MASKED_EQ" }] }] }
