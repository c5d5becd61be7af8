"""Waiting for the mask of a run."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot
    from pytestqt.wait_signal import SignalBlocker

    from napari_brainseg.gui.panel.widget import SegmentWidget

__all__ = ["until_landed"]


@contextmanager
def until_landed(qtbot: QtBot, panel: SegmentWidget) -> Iterator[SignalBlocker]:
    """Wait, after what is done within, until a run is over and its mask, if any, is in use."""
    with qtbot.waitSignal(panel.run.ended, timeout=60_000) as ended:
        yield ended
    qtbot.waitUntil(lambda: not panel.landing.busy)
