.annotations = { "run.oci.seccomp_bpf_data": "BgAAAAAA/38=" }
