"""The window speaks the language that is set, or that of the system."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from qtpy.QtCore import QLibraryInfo, QLocale, QTranslator
from qtpy.QtWidgets import QDialogButtonBox

from napari_brainseg.gui.common import docked, language
from napari_brainseg.gui.common.docked import dock_of
from napari_brainseg.gui.common.settings import Preferences
from napari_brainseg.gui.domain.shortcuts import TOOLS, key_table
from napari_brainseg.language import current_language, use


@pytest.fixture(autouse=True)
def english():
    """Leave the language as it was found."""
    yield
    use("en")
    language._translate_dialogs("en")


@pytest.mark.parametrize(
    ("chosen", "system", "expected"),
    [
        ("auto", "en_GB", "en"),
        ("auto", "fr_FR", "fr"),
        ("auto", "fr_CA", "fr"),
        ("auto", "de_DE", "en"),
        ("English", "fr_FR", "en"),
        ("Français", "en_GB", "fr"),
    ],
)
def test_a_language_is_taken_from_the_settings_else_from_the_system(
    chosen, system, expected, monkeypatch
):
    monkeypatch.setattr(language, "load_preferences", lambda: Preferences(language=chosen))
    locale = SimpleNamespace(system=lambda: QLocale(system))
    monkeypatch.setattr(language, "QLocale", locale)
    language.follow_language()
    assert current_language() == expected


@pytest.mark.gui
def test_while_a_panel_is_open_it_and_all_others_keep_their_language(
    panel, viewer, qtbot, monkeypatch
):
    """Another one that opened, or a file, put half of the texts into the new language."""
    french = Preferences(language="Français")
    monkeypatch.setattr(language, "load_preferences", lambda: french)
    _, work = viewer.window.add_plugin_dock_widget("napari-brainseg", "Work list")
    assert current_language() == "en"
    for widget in (panel, work):
        dock_of(widget).destroyOnClose()
    qtbot.waitUntil(lambda: not docked.is_one_open())
    _, again = viewer.window.add_plugin_dock_widget("napari-brainseg", "Segment")
    assert again.segment_button.text() == "Segmenter"


TEXTS_OF_QT = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)) / "qtbase_fr.qm"


@pytest.mark.skipif(not TEXTS_OF_QT.is_file(), reason="needs Qt's own translations")
def test_the_buttons_of_qt_speak_the_language_too_and_back(qapp, monkeypatch):
    for chosen, expected in (("Français", "Fermer"), ("Français", "Fermer"), ("English", "Close")):
        preferences = Preferences(language=chosen)
        monkeypatch.setattr(language, "load_preferences", lambda given=preferences: given)
        language.follow_language()
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        (button,) = box.buttons()
        assert button.text().replace("&", "") == expected
    assert qapp.findChildren(QTranslator, language.OF_QT) == []


def test_keys_are_called_as_on_the_keyboard():
    """In the tips and in the table of keys, where texts that were translated say Maj already."""
    tool = next(each for each in TOOLS if each.key == "Shift+Left")
    assert tool.tooltip.endswith("(Shift+Left)")
    use("fr")
    assert tool.tooltip.endswith("(Maj+Gauche)")
    rows = [key for rows in key_table({}).values() for key, _ in rows]
    assert "Maj+Gauche" in rows
    assert not [key for key in rows if "Shift" in key or "Return" in key]
