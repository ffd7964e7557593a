.mapRecord = { there: true, map: "keep-id", uid: 1, gid: 7, base: 100000, gbase: 100000 }
