"""A whole election day with simulated boxes, for newcomers and for officers in training."""
