bind("/a"; "data"; ["bind"]) | bind("/b"; "../x/./data/"; ["bind"]) | .root.path = "root"
