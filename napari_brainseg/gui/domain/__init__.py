"""Decisions of the interface that need no Qt and no napari."""
