"""Which language the window speaks."""

from __future__ import annotations

from qtpy.QtCore import QLocale

from napari_brainseg.gui.common.settings import load_preferences
from napari_brainseg.language import LANGUAGES, current_language, use

__all__ = ["follow_language", "locale_in_use"]


def follow_language() -> None:
    """Show texts from now on in the language that is set, else that of the system, or English."""
    codes = {name: code for code, name in LANGUAGES.items()}
    system = QLocale.system().name().partition("_")[0]
    use(codes.get(load_preferences().language, system if system in LANGUAGES else "en"))


def locale_in_use() -> QLocale:
    """Return how numbers are written in the language in use, whatever the system's own way."""
    return QLocale(current_language())
