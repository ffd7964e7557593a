.process.oomScoreAdj = 100
