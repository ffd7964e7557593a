limit(7; 1048576; 1048576) | .self.oomScoreAdj = 200
