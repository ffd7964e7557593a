.service = { notify: "vsock:2:1234" }
