"""Pixels: find the sheet, flatten it, cut boxes and bubbles, judge the photo."""
