.linux.namespaces = []
