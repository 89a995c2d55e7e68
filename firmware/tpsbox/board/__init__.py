"""Camera, button and lights, each with a `pi` and a `simulated` back end."""
