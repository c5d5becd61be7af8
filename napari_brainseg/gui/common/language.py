"""Which language the window speaks."""

from __future__ import annotations

from qtpy.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from napari_brainseg.gui.common.docked import is_one_open
from napari_brainseg.gui.common.settings import load_preferences
from napari_brainseg.language import LANGUAGES, current_language, use

__all__ = ["follow_language", "locale_in_use"]

OF_QT = "brainseg-texts-of-qt"
"""What Qt's own texts in the language in use are found by."""


def follow_language() -> None:
    """Show texts in the language that is set, else that of the system, or English.

    What is open keeps its texts, so until it is closed all others stay in that language, too.
    """
    if is_one_open():
        return
    codes = {name: code for code, name in LANGUAGES.items()}
    system = QLocale.system().name().partition("_")[0]
    use(codes.get(load_preferences().language, system if system in LANGUAGES else "en"))
    _translate_dialogs(current_language())


def _translate_dialogs(code: str) -> None:
    """Have Qt call its own buttons and file dialogs in a language, where it has the texts."""
    app = QCoreApplication.instance()
    if app is None:
        return
    known = app.findChildren(QTranslator, OF_QT)
    if any(each.language().startswith(code) for each in known):
        return
    for each in known:
        app.removeTranslator(each)
        each.setParent(None)
    texts, folder = QTranslator(), QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if code != "en" and texts.load(f"qtbase_{code}", folder):
        texts.setObjectName(OF_QT)
        texts.setParent(app)
        app.installTranslator(texts)


def locale_in_use() -> QLocale:
    """Return how numbers are written in the language in use, whatever the system's own way."""
    return QLocale(current_language())
