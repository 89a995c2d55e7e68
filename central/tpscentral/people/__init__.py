"""People of the centre: who they are, how they come in, what they may, and what they did."""
