.linux.seccomp = { defaultAction: "SCMP_ACT_ERRNO", flags: ["SECCOMP_FILTER_FLAG_LOG"] } | .annotations = { "run.oci.seccomp_bpf_data": "BgAAAAAA/38=" }
