"""SQLite and photo files: what the box keeps through power cuts."""
