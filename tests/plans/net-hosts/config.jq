new("uts") | .hostname = "web1"
