.annotations = { "run.oci.pidfd_receiver": "/run/pidfd.sock" }
