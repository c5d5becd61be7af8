"""Decimal numbers in the panel: typed and shown in every language."""

from __future__ import annotations

import pytest
from qtpy.QtCore import QLocale
from qtpy.QtWidgets import QDoubleSpinBox

from napari_brainseg.gui.common.decimals import take_both_signs
from napari_brainseg.gui.common.language import locale_in_use
from napari_brainseg.language import use

pytestmark = pytest.mark.gui


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("typed", ["1.5", "1,5"])
def test_either_sign_is_typed(qtbot, language, typed):
    """Qt took the other one for the sign of thousands, and 15 for what was meant."""
    box = QDoubleSpinBox()
    qtbot.addWidget(box)
    box.setLocale(QLocale(language))
    take_both_signs(box)
    box.setValue(9)
    box.selectAll()
    qtbot.keyClicks(box, typed)
    box.interpretText()
    assert box.value() == 1.5
    assert box.text() == ("1,50" if language == "fr" else "1.50")


def test_the_panel_writes_numbers_as_its_language_does(viewer, qtbot, monkeypatch):
    monkeypatch.setattr("napari_brainseg.gui.panel.widget.follow_language", lambda: use("fr"))
    try:
        _, panel = viewer.window.add_plugin_dock_widget("napari-brainseg", "Segment")
        assert locale_in_use().decimalPoint() == ","
        panel.mask_rules.threshold.setValue(0.35)
        panel.mask_rules.minimum.setValue(12.5)
        assert panel.mask_rules.threshold.box.text() == "0,35"
        assert panel.mask_rules.minimum.text().startswith("12,5")
    finally:
        use("en")
