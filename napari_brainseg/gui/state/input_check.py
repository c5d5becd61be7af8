"""Looking at the chosen images before they are segmented, off the GUI thread."""

from __future__ import annotations

import logging
import weakref
from typing import TYPE_CHECKING, Any, TypeAlias

from qtpy.QtCore import QObject, QTimer, Signal  # type: ignore[attr-defined]

from napari_brainseg.errors import ChannelError
from napari_brainseg.gui.common.workers import Latest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from napari_brainseg.models.card import ModelCard
    from napari_brainseg.pipeline.channels import Channel
    from napari_brainseg.scan import Scan

__all__ = ["InputCheck"]

_log = logging.getLogger(__name__)

PATIENCE_MS = 150
"""Choices within this time are one: a new scan brings its channels one by one."""

Key: TypeAlias = tuple[object, ...]


class InputCheck(QObject):
    """Tells what is doubtful about the images chosen for a model.

    What was found is kept for as long as the images are.

    Signals
    -------
    changed : tuple of str
        One sentence per doubt; empty where there is none, and while nothing is chosen.
    chosen
        Other images are looked at than before, or none.
    """

    changed = Signal(object)
    chosen = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.doubts: tuple[str, ...] = ()
        self._key: Key | None = None
        self._job: tuple[Any, ...] = ()
        self._running: dict[Key, Latest] = {}
        self._found: dict[Key, tuple[tuple[Any, ...], tuple[str, ...]]] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PATIENCE_MS)
        self._timer.timeout.connect(self._start)

    def check(self, scan: Scan, card: ModelCard, by_role: Mapping[str, Channel | None]) -> None:
        """Look at other images than before, or for another model; nothing is done for the same."""
        chosen = [each for each in by_role.values() if each is not None]
        images = (scan.data, *(each.scan.data for each in chosen))
        roles = tuple((role, each.index if each else None) for role, each in by_role.items())
        key = (card.name, card.weights_sha256, roles, *map(id, images))
        if key == self._key:
            return
        self._key, self._job = key, (key, images, scan, card, dict(by_role))
        self.chosen.emit()
        known = self._found.get(key)
        # The number of an array that is gone may be another's by now.
        if known is not None and all(image() is not None for image in known[0]):
            self._timer.stop()
            self._tell(known[1])
        else:
            self._tell(())
            self._timer.start()

    def clear(self) -> None:
        """Forget the choice: there is nothing to look at."""
        self._key, self._job = None, ()
        self.chosen.emit()
        self._timer.stop()
        self._tell(())

    def _start(self) -> None:
        job, self._job = self._job, ()
        key = job[0]
        if key not in self._running:  # or else chosen again before it was found
            # One each: what was chosen last need not wait for a look at what was chosen before.
            self._running[key] = Latest(self, self._on_found)
            self._running[key].run(_look, *job)

    def _on_found(self, result: tuple[Key, tuple[Any, ...], tuple[str, ...]]) -> None:
        key, images, doubts = result
        self._running.pop(key).deleteLater()
        self._found[key] = images, doubts
        if key == self._key:
            self._timer.stop()
            self._tell(doubts)

    def _tell(self, doubts: tuple[str, ...]) -> None:
        self.doubts = doubts
        self.changed.emit(doubts)


def _look(
    key: Key,
    images: tuple[NDArray[Any], ...],
    scan: Scan,
    card: ModelCard,
    by_role: Mapping[str, Channel | None],
) -> tuple[Key, tuple[weakref.ref[NDArray[Any]], ...], tuple[str, ...]]:
    """Check, in the worker thread; what cannot be put together is told when it is segmented."""
    doubts: tuple[str, ...] = ()
    try:
        from napari_brainseg.pipeline.feed import feed_of

        # The run finds what is measured on the way.
        doubts = feed_of(scan, card, by_role).doubts
    except ChannelError:
        pass
    except Exception:  # a check that fails must not be in the way of a run
        _log.exception("the input could not be checked")
    return key, tuple(weakref.ref(image) for image in images), doubts
