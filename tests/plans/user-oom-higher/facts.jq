.self.oomScoreAdj = 100
