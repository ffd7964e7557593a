.subid = { known: true, why: "newuidmap(1) is not installed", newuidmap: {}, newgidmap: {} }
