.process.selinuxLabel = ""
