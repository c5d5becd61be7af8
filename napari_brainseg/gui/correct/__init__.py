"""Correcting a mask by hand."""
