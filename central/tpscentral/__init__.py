"""The centre: verifies, stores and receipts what the boxes send, and shows it."""
