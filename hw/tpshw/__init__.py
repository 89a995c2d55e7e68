"""Drawings and tables of the box, made from the tables beside this package."""
