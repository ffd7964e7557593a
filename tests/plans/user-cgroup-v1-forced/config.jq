.annotations = { "run.oci.systemd.force_cgroup_v1": "/sys/fs/cgroup" }
