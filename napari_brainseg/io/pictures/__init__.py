"""Scans and masks as TIFF, PNG or JPEG: one file, or a folder of slices."""
