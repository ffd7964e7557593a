mount("tmpfs"; "/t"; ["mode=700"]) | mount("tmpfs"; "/t"; ["remount", "size=1m", "noexec"]) | .mounts += [{ destination: "/dev", options: ["remount", "bind", "ro"] }]
