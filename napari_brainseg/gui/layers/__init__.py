"""Scans and masks as napari layers, and back."""
