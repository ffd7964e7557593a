.mapRecord = { there: true, map: "default", uid: 0, gid: 0, base: 300000, gbase: 300000 }
