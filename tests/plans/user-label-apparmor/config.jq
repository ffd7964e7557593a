.process.apparmorProfile = "web" | .process.selinuxLabel = ""
