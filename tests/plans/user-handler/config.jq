.annotations = { "krun.cpus": "2" }
