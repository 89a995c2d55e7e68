"""The pages of the centre: rendered on the server, usable with the keyboard alone."""
