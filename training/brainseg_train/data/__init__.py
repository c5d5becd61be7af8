"""Cases, splits and slices to learn from."""
