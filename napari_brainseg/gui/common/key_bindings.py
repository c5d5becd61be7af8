"""Keys of the panel: bound while it lives, and shown in a cheat sheet."""

from __future__ import annotations

from contextlib import suppress
from html import escape
from typing import TYPE_CHECKING
from weakref import ref

from napari.settings import get_settings
from napari.utils.key_bindings import coerce_keybinding
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QDialog, QTextBrowser, QVBoxLayout, QWidget

from napari_brainseg.gui.domain.shortcuts import key_table
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from napari.viewer import Viewer

__all__ = ["KeyBindings", "KeysDialog"]


class KeyBindings:
    """Binds keys of a viewer; napari's own and those of the active layer go first.

    Parameters
    ----------
    viewer : Viewer
    actions : mapping of str to callable
        From a key, in napari's spelling, to what is called when it is pressed.
    """

    def __init__(self, viewer: Viewer, actions: Mapping[str, Callable[[], None]]) -> None:
        self._viewer = viewer
        self._actions: dict[str, Callable[[], None]] = {}
        for key, act in actions.items():
            # A second panel, or a key that the user has bound, leaves what is there.
            if coerce_keybinding(key) not in viewer.keymap:
                self._actions[key] = act
                viewer.bind_key(key, _pressed(ref(self), key))

    def press(self, key: str) -> None:
        """Do what a key does."""
        self._actions[key]()

    def leave(self) -> None:
        """Unbind the keys."""
        # Where both are garbage collected together, the viewer may be half gone already.
        with suppress(AttributeError, ValueError):
            for key in self._actions:
                self._viewer.bind_key(key, None)
        self._actions.clear()


def _pressed(bindings: ref[KeyBindings], key: str) -> Callable[[Viewer], None]:
    """Return what napari calls; it does not keep the panel alive."""

    def press(viewer: Viewer) -> None:
        bound = bindings()
        if bound is not None:
            bound.press(key)

    return press


class KeysDialog(QDialog):
    """A table of all keys that one needs while correcting; it stays open beside the viewer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Keys for correcting a mask"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.text = QTextBrowser()
        self.text.setHtml(_html(key_table(get_settings().shortcuts.shortcuts)))
        layout = QVBoxLayout(self)
        layout.addWidget(self.text)
        self.resize(640, 700)


def _html(table: Mapping[str, list[tuple[str, str]]]) -> str:
    parts = []
    for title, rows in table.items():
        cells = "".join(
            f"<tr><td><b>{escape(key)}</b>&nbsp;&nbsp;</td><td>{escape(what)}</td></tr>"
            for key, what in rows
        )
        parts.append(f"<h3>{escape(title)}</h3><table cellpadding='1'>{cells}</table>")
    return "".join(parts)
