bind("/a"; "/mnt/c/x"; ["bind"]) | bind("/b"; "/mnt/c/x"; ["bind", "ro"]) | .root.path = "/mnt/c/root"
