.mapRecord = { there: true, map: "single", uid: 0, gid: 0, base: 0, gbase: 0 }
