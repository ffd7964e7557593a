join("uts"; "/ns/self/uts") | .hostname = "web"
