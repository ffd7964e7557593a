.linux.memoryPolicy = { mode: "MPOL_WEIGHTED_INTERLEAVE", nodes: "0" }
