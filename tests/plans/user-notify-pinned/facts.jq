.service = { notify: "/run/systemd/notify" }
