"""``brainseg``: what the widget does, without a window."""

from napari_brainseg.cli.commands import app

__all__ = ["app"]
