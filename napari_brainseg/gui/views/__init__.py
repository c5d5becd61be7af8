"""Other ways to look at scan and mask."""
