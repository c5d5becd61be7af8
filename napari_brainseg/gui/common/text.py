"""Texts of the panel and its dialogs: plain, in the colours of the theme."""

from __future__ import annotations

from html import escape

from napari.settings import get_settings
from qtpy.QtCore import QEvent, Qt
from qtpy.QtWidgets import QLabel, QWidget

from napari_brainseg.gui.common.style import Tone, tone_style

__all__ = ["Text", "unmarked"]


def unmarked(text: str) -> str:
    """Return text for a tool tip or a message box, which Qt would search for markup.

    Examples
    --------
    >>> unmarked("p1 is <b>approved</b>")
    '<span>p1 is &lt;b&gt;approved&lt;/b&gt;</span>'
    """
    if "<" not in text and "&" not in text:
        return text
    return f"<span>{escape(text).replace(chr(10), '<br>')}</span>"


class Text(QLabel):
    """A text that wraps and is shown as it is: names of files are never read as markup.

    Parameters
    ----------
    text : str
        What it says at first.
    tone : Tone
        How loudly; the colour follows napari's theme.
    name : str
        Its object name, for tests and style sheets.
    """

    def __init__(
        self,
        text: str = "",
        tone: Tone = Tone.PLAIN,
        name: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setObjectName(name)
        self._tone = tone
        self._paint()

    def set_tone(self, tone: Tone) -> None:
        """Speak louder or lower."""
        self._tone = tone
        self._paint()

    def show_lines(self, lines: tuple[str, ...]) -> None:
        """Show lines below each other, or nothing at all."""
        self.setText("\n".join(lines))
        self.setVisible(bool(lines))

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow another theme: napari tells it by another style sheet of the window."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.StyleChange:
            self._paint()

    def _paint(self) -> None:
        style = tone_style(self._tone, self._theme())
        # Setting it is a change of style, too.
        if style != self.styleSheet():
            self.setStyleSheet(style)

    def _theme(self) -> str:
        """Return the theme of the window's viewer: a key of napari's changes that alone."""
        qt_viewer = getattr(self.window(), "_qt_viewer", None)
        chosen = get_settings().appearance if qt_viewer is None else qt_viewer.viewer
        return str(chosen.theme)
