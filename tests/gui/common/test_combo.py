"""Combo boxes that are narrower than their entries."""

from __future__ import annotations

import pytest
from qtpy.QtCore import QEvent, QPoint
from qtpy.QtGui import QHelpEvent
from qtpy.QtWidgets import QApplication, QToolTip

from napari_brainseg.gui.common.combo import PopupCombo

pytestmark = pytest.mark.gui

LONG = "a scan with a <b>long</b> name, which no panel is as wide as, on any of its screens"


@pytest.fixture
def combo(qtbot):
    box = PopupCombo()
    qtbot.addWidget(box)
    box.setToolTip("The scan to segment")
    box.offer([("short", 1), (LONG, 2)])
    box.resize(160, 26)
    box.show()
    return box


def tip_of(box) -> str:
    QApplication.sendEvent(box, QHelpEvent(QEvent.Type.ToolTip, QPoint(5, 5), QPoint(5, 5)))
    return QToolTip.text()


def test_a_name_that_is_cut_stands_whole_in_the_tip(combo):
    assert "long" not in tip_of(combo)
    combo.setValue(2)
    assert "a scan with a &lt;b&gt;long&lt;/b&gt; name" in tip_of(combo)
    assert "The scan to segment" in tip_of(combo)


def test_the_list_is_as_wide_as_its_entries(combo):
    combo.showPopup()
    assert combo.view().width() >= combo.fontMetrics().horizontalAdvance(LONG) > combo.width()
    combo.hidePopup()
