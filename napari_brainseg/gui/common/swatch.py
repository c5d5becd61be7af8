"""Small squares of colour for buttons and lists."""

from __future__ import annotations

from qtpy.QtGui import QColor, QIcon, QPixmap

__all__ = ["swatch"]

SIZE = 12
"""Width and height, in pixels."""


def swatch(color: str) -> QIcon:
    """Return a square of a colour ``#rrggbb``."""
    square = QPixmap(SIZE, SIZE)
    square.fill(QColor(color))
    return QIcon(square)
