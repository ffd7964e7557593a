ephemeral | .process.oomScoreAdj = 300 | root_key("driver"; "fuse")
