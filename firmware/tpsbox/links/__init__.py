"""One module a link: moves bytes and brings receipts back."""
