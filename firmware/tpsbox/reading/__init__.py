"""Marks and doubts: model, bubbles and the joint decision under the rules."""
