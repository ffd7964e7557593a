.subid = { newuidmap: {}, newgidmap: {} }
