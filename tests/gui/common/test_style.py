"""Texts can be read in every theme, are never markup, and nothing changes by scrolling."""

from __future__ import annotations

import pytest
from napari.settings import get_settings
from napari.utils.theme import available_themes, get_theme
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QColor, QTextDocument, QWheelEvent
from qtpy.QtWidgets import (
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QMessageBox,
    QScrollBar,
)

from napari_brainseg.gui.common.style import FLOOR, Tone, contrast_ratio, readable, tone_style
from napari_brainseg.gui.common.text import Text, unmarked
from napari_brainseg.gui.save.mask_saver import may_replace

THEMES = [name for name in available_themes() if name != "system"]


def test_contrast_is_that_of_wcag():
    assert contrast_ratio((1, 1, 1), (0, 0, 0)) == pytest.approx(21)
    assert contrast_ratio((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)) == pytest.approx(1)
    # #767676 on white is the grey that just passes.
    assert contrast_ratio((0x76 / 255,) * 3, (1, 1, 1)) == pytest.approx(4.54, abs=0.01)


def test_a_colour_that_can_be_read_stays_and_another_is_mixed_until_it_can():
    white, black, orange = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), (0.91, 0.64, 0.24)
    assert readable(orange, black, white) == orange
    mixed = readable(orange, white, black)
    assert mixed != orange
    assert contrast_ratio(mixed, white) >= FLOOR


@pytest.mark.parametrize("tone", [Tone.QUIET, Tone.ATTENTION])
@pytest.mark.parametrize("theme", THEMES)
def test_every_tone_can_be_read_in_every_theme(theme, tone):
    style = tone_style(tone, theme)
    color = style.removeprefix("color: ")[:7]
    red, green, blue = get_theme(theme).background.as_rgb_tuple(alpha=False)
    ground = (red / 255, green / 255, blue / 255)
    text = tuple(int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    assert contrast_ratio(text, ground) >= FLOOR - 0.05  # a colour has 256 steps


@pytest.mark.gui
def test_a_text_follows_another_theme_of_the_window(panel, viewer, qtbot):
    before = panel.notes.styleSheet()
    settings = get_settings().appearance
    settings.theme = "light" if settings.theme == "dark" else "dark"
    try:
        qtbot.waitUntil(lambda: panel.notes.styleSheet() != before, timeout=20_000)
        assert tone_style(Tone.ATTENTION, settings.theme) == panel.notes.styleSheet()
        QColor(panel.notes.styleSheet().removeprefix("color: "))
    finally:
        settings.theme = "dark"


@pytest.mark.gui
def test_a_text_follows_the_theme_of_its_viewer_alone(panel, viewer, qtbot):
    """As napari's key for it (Ctrl+Shift+T) does, which leaves the settings as they are."""
    other = "light" if viewer.theme == "dark" else "dark"
    viewer.theme = other
    expected = tone_style(Tone.ATTENTION, other)
    qtbot.waitUntil(lambda: panel.notes.styleSheet() == expected, timeout=20_000)


@pytest.mark.gui
def test_text_from_files_is_never_markup(panel):
    labels = [label for label in panel.findChildren(QLabel) if isinstance(label, Text)]
    assert len(labels) >= 8
    assert {label.textFormat() for label in labels} == {Qt.TextFormat.PlainText}


@pytest.mark.parametrize(
    "text", ["p1 is <b>approved</b>", "<img src='http://x'>", "a &amp; b", "one\n<two>"]
)
def test_a_tool_tip_reads_as_the_text_that_it_is(text):
    shown = QTextDocument()
    shown.setHtml(unmarked(text))
    assert shown.toPlainText() == text
    assert unmarked("one\ntwo") == "one\ntwo"


def test_a_question_names_a_file_as_it_is(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(QMessageBox, "question", lambda *all_of: asked.append(all_of[-1]))
    (tmp_path / "<b>x.nii.gz").touch()
    may_replace(None, "Save", "x", tmp_path / "<b>x.nii.gz")
    assert asked == ["<span>&lt;b&gt;x.nii.gz exists. Replace it?</span>"]


def controls_of(panel):
    kinds = (QAbstractSlider, QAbstractSpinBox, QComboBox)
    found = [each for kind in kinds for each in panel.findChildren(kind)]
    return [each for each in found if not isinstance(each, QScrollBar)]


@pytest.mark.gui
def test_the_wheel_of_a_mouse_changes_no_value_anywhere_in_the_panel(
    panel, viewer, qtbot, oblique_file, segment, steered
):
    """The event goes to the window, as a mouse's does: Qt may give its target the focus first."""
    viewer.open(str(oblique_file), plugin="napari-brainseg")
    segment(panel)
    for fold in (panel.channels.fold, panel.mask_fold, panel.correct_fold, panel.devices.fold):
        fold.expand(animate=False)
    panel.measure.fold.expand(animate=False)
    window = panel.window()
    window.show()
    qtbot.waitExposed(window)
    controls = controls_of(panel)
    assert len(controls) >= 12
    for control in controls:
        before = value_of(control)
        where = control.mapTo(window, control.rect().center())
        for target in (window.windowHandle(), control):
            QApplication.sendEvent(target, wheel(where if target is not control else QPoint(4, 4)))
        assert not control.hasFocus(), control
        assert value_of(control) == before, control


def value_of(control):
    if isinstance(control, QComboBox):
        return control.currentIndex()
    if isinstance(control, QAbstractSlider):
        return control.value()
    return control.text()


def wheel(where):
    return QWheelEvent(
        QPointF(where), QPointF(where), QPoint(0, 0), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
