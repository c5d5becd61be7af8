"""How wide a widget in a dock may be: Qt gives docks the least that their widgets ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qtpy.QtWidgets import QWidget

__all__ = ["BESIDE", "screen_width", "width_for"]

BESIDE = 690
"""Pixels that napari needs beside a dock on the right: its own on the left, and the canvas."""


def screen_width(widget: QWidget) -> int | None:
    """Return the width of the screen that a widget is on, in the pixels of its scale, if known."""
    screen = widget.screen()
    return None if screen is None else screen.availableGeometry().width()


def width_for(widget: QWidget, wanted: int) -> int:
    """Return the width that a widget is to insist on: what it wants, or has room for.

    Parameters
    ----------
    widget : QWidget
        In a dock.
    wanted : int
        Pixels in which its rows stand in one line.
    """
    screen = screen_width(widget)
    return wanted if screen is None else max(0, min(wanted, screen - BESIDE))
