"""Saving a mask: the dialog, the thread that writes, and the names of files."""
