bind("/a/.."; "/srv/data"; ["bind"])
