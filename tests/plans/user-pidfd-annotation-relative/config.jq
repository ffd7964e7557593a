.annotations = { "run.oci.pidfd_receiver": "pidfd.sock" }
