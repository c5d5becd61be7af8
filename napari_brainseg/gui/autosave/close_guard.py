"""Asking before a window is closed on unsaved masks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent, QObject, QTimer
from qtpy.QtWidgets import QMessageBox, QWidget

from napari_brainseg.gui.common.text import unmarked
from napari_brainseg.gui.save.mask_saver import MaskSaver
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.components import LayerList
    from napari.layers import Labels

__all__ = ["CloseGuard"]

_Button = QMessageBox.StandardButton


class CloseGuard(QObject):
    """Asks whether to save, discard or stay when the window of a viewer is to be closed.

    While a mask is being written, it waits for that first.

    A script's ``viewer.close()`` is not asked about: it deletes the layers first. What was unsaved
    stays in the autosaves then, and is offered at the next start.

    Parameters
    ----------
    unsaved : callable
        Lists the masks that are unsaved.
    discard : callable
        Forgets them.
    layers : LayerList
        Of the viewer.
    window : QWidget
        Of the viewer.
    """

    def __init__(
        self,
        unsaved: Callable[[], list[Labels]],
        discard: Callable[[], None],
        layers: LayerList,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._unsaved, self._discard, self._window = unsaved, discard, window
        self._granted = self._waiting = False
        self.saver = MaskSaver(layers, window)
        self.saver.saved.connect(self._save_next)
        window.installEventFilter(self)

    def eventFilter(self, watched: Any, event: Any) -> bool:
        """Hold the window open where there is something to ask."""
        if event.type() != QEvent.Type.Close or watched != self._window or self._granted:
            return False
        busy = [each for each in self._window.findChildren(MaskSaver) if each.writing]
        if busy:
            event.ignore()
            self._wait_for(busy[0])
            return True
        unsaved = self._unsaved()
        if unsaved:
            event.ignore()
            self._settle(unsaved)
        return bool(unsaved)

    def _settle(self, unsaved: list[Labels]) -> None:
        """Ask, and do what is answered."""
        answer = self._ask(unsaved)
        if answer == _Button.Discard:
            self._granted = True
            self._discard()
            self._close_later()
        elif answer == _Button.Save:
            self._save_next()

    def _wait_for(self, saver: MaskSaver) -> None:
        """Close once all is written: only then is it known what is unsaved."""
        if self._waiting:
            return
        self._waiting = True

        def go_on() -> None:
            self._waiting = False
            saver.rested.disconnect(go_on)
            self._close_later()

        saver.rested.connect(go_on)

    def _ask(self, unsaved: list[Labels]) -> int:
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(tr("Unsaved masks"))
        names = ", ".join(layer.name for layer in unsaved)
        box.setText(unmarked(tr("Not saved: {names}.", names=names)))
        box.setInformativeText(tr("What is not saved is lost if you discard it."))
        box.setStandardButtons(_Button.Save | _Button.Discard | _Button.Cancel)
        save = box.button(_Button.Save)
        if save is not None:
            save.setText(tr("Save…"))
        box.setDefaultButton(_Button.Save)
        answer = box.exec()
        box.deleteLater()
        return answer

    def _save_next(self, _: Any = None) -> None:
        """Save what is unsaved, one mask after the other, then close; stay if one is not saved."""
        unsaved = self._unsaved()
        if unsaved:
            self.saver.save(unsaved[0])
        else:
            self._close_later()

    def _close_later(self) -> None:
        # Qt ignores a request to close that comes while it is closing. napari's own close() would
        # forget that the whole program was to end.
        QTimer.singleShot(0, self._close)

    def _close(self) -> None:
        QWidget.close(self._window)
