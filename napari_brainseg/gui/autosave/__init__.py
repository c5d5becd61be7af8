"""Keeping unsaved masks on disk, and bringing them back."""
