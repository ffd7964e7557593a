.annotations = { "run.oci.seccomp_bpf_data": "BgAAAAAAwH8=" }
