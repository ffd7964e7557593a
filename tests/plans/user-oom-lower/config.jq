.process.oomScoreAdj = 0
