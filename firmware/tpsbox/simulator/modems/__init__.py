"""Radio modems that exist only as a pseudo-terminal: to test against, and to train with."""
