"""A second reader of what travels, written from docs/wire.md: nothing of `record` is used here."""
