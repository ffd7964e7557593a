.mapRecord = { there: true, map: "default", uid: 0, gid: 0, base: 100000, gbase: 100000 }
