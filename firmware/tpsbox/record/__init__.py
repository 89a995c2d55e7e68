"""The canonical signed statement, its evidence and its receipts."""
