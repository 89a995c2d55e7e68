"""A simulated KPPS and camera: draws, fills and photographs sheets."""
