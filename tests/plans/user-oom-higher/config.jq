.process.oomScoreAdj = 500
