.process.apparmorProfile = "web"
