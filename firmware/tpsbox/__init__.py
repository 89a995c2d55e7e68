"""The box at a polling station: captures, reads, signs, keeps and sends result sheets."""
