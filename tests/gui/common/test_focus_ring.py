"""Who works with the keys sees which control they go to."""

from __future__ import annotations

import pytest
from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import (
    QApplication,
    QPushButton,
    QScrollArea,
    QTableWidget,
    QVBoxLayout,
    QWidget,
)

from napari_brainseg.gui.common.focus_ring import WIDTH, FocusRing
from napari_brainseg.gui.npe2.series_dialog import SeriesDialog
from napari_brainseg.gui.panel.compare_models import CompareModels

pytestmark = pytest.mark.gui


@pytest.fixture
def scrolled(qtbot):
    """Show twenty buttons in an area that has room for some of them, and one below it."""
    within, inner, area = QWidget(), QWidget(), QScrollArea()
    buttons = [QPushButton(str(number)) for number in range(20)]
    rows, column = QVBoxLayout(inner), QVBoxLayout(within)
    for button in buttons:
        rows.addWidget(button)
    area.setWidget(inner)
    area.setWidgetResizable(True)
    column.addWidget(area)
    within.resize(200, 200)
    qtbot.addWidget(within)
    ring = FocusRing(within)
    with qtbot.waitExposed(within):
        within.show()
    return ring, buttons, area


def focus(button):
    QApplication.instance().focusChanged.emit(None, button)


def around(ring):
    """Return where what the ring is around would lie."""
    return ring.geometry().adjusted(WIDTH, WIDTH, -WIDTH, -WIDTH)


def test_the_ring_is_around_what_has_the_keyboard(scrolled):
    ring, (first, second, *_), _ = scrolled
    assert not ring.isVisible()
    for button in (first, second):
        focus(button)
        assert ring.isVisible()
        within = ring.parentWidget()
        assert around(ring).topLeft() == button.mapTo(within, QPoint(0, 0))
        assert around(ring).size() == button.size()
    focus(None)
    assert not ring.isVisible()


def test_the_ring_goes_along_as_the_panel_is_scrolled_and_hides_with_it(scrolled, qtbot):
    ring, (first, *_), area = scrolled
    focus(first)
    before = around(ring)
    area.verticalScrollBar().setValue(5)
    qtbot.waitUntil(lambda: around(ring).bottom() == before.bottom() - 5)
    area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
    qtbot.waitUntil(lambda: not ring.isVisible())
    area.verticalScrollBar().setValue(0)
    qtbot.waitUntil(lambda: ring.isVisible() and around(ring) == before)


def test_who_clicks_knows_where_they_are(scrolled, monkeypatch):
    ring, (first, *_), _ = scrolled
    monkeypatch.setattr(QApplication, "mouseButtons", lambda: Qt.MouseButton.LeftButton)
    focus(first)
    assert not ring.isVisible()


def test_another_window_and_a_control_that_goes_have_no_ring(scrolled, qtbot):
    ring, (first, *_), _ = scrolled
    other = QPushButton("elsewhere")
    qtbot.addWidget(other)
    focus(other)
    assert not ring.isVisible()
    focus(first)
    first.hide()
    qtbot.waitUntil(lambda: not ring.isVisible())


def test_the_panel_has_one(panel):
    (ring,) = panel.findChildren(FocusRing)
    assert ring.parentWidget() is panel


def test_no_table_keeps_the_tab_key(panel, tiny_bundle, qtbot):
    compare = CompareModels([tiny_bundle], "")
    series = SeriesDialog([])
    for top in (panel, compare, series):
        qtbot.addWidget(top)
        tables = top.findChildren(QTableWidget)
        assert tables
        assert [table for table in tables if table.tabKeyNavigation()] == [], top
