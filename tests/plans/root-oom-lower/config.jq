.process.oomScoreAdj = -500
