"""What the panel says is seen whole, in windows from 910 x 600 on, in either language."""

from __future__ import annotations

import numpy as np
import pytest
from gui.hand import rest
from gui.seat import IN_A_WINDOW, MIDDLE, lesion, lesion_file
from qtpy.QtCore import QEvent, QObject
from qtpy.QtWidgets import QAbstractButton, QLabel, QScrollArea
from superqt import QCollapsible

from napari_brainseg.gui.common import widths
from napari_brainseg.gui.common.settings import Preferences
from napari_brainseg.gui.panel.layout import UprightScroll
from napari_brainseg.language import use

pytestmark = IN_A_WINDOW


@pytest.fixture(params=["English", "Français"])
def spoken(request, monkeypatch):
    monkeypatch.setattr(
        "napari_brainseg.gui.common.language.load_preferences",
        lambda: Preferences(language=request.param),
    )
    yield request.param
    use("en")


def cut(panel) -> list[str]:
    """List what has less room than its text needs; paths and names may be shortened."""
    found = []
    for label in panel.findChildren(QLabel):
        if label.isVisible() and label.text() and label.wordWrap():
            if label.height() < label.heightForWidth(label.width()):
                found.append(f"{label.text()}: {label.height()} high")
        elif label.isVisible() and label.text() and label.width() < label.sizeHint().width():
            found.append(f"{label.text()}: {label.width()} wide")
    for button in panel.findChildren(QAbstractButton):
        if isinstance(button.parent(), QCollapsible):
            continue  # its title ends in an ellipsis
        metrics = button.fontMetrics().boundingRect(0, 0, 9999, 99, 0, button.text())
        if button.isVisible() and button.width() < metrics.width():
            found.append(f"{button.text()}: {button.width()} wide")
    return found


NARROW = 910
"""Width of a screen of 1366 pixels at one and a half times the size."""


@pytest.fixture
def segmented(spoken, seat, straight, tmp_path, steered):
    """Segment one of two scans with masks."""
    seat.panel = panel = seat.dock("Segment")
    for name in ("flair.nii.gz", "flair_2.nii.gz"):
        seat.viewer.open(str(lesion_file(tmp_path, straight, name)), plugin="napari-brainseg")
        seat.hand.click(panel.empty_button)
        seat.mask.data_setitem(np.nonzero(lesion()), 1)
        seat.settle()
    seat.viewer.dims.set_current_step(0, MIDDLE[0])
    seat.hand.click(panel.segment_button)
    seat.wait(lambda: panel.mask_fold.isExpanded() and not seat.is_running)
    seat.wait(lambda: panel.measure.measured is not None)
    rest(500)
    return seat


def unfold(panel) -> None:
    for fold in panel.findChildren(QCollapsible):
        fold.expand(animate=False)


def test_nothing_is_cut_and_what_matters_is_in_sight(segmented):
    seat, panel = segmented, segmented.panel
    assert cut(panel) == []
    # Once the run is done, what one goes on with is in sight without scrolling.
    threshold = panel.mask_rules.threshold
    for part in (panel.measure.fold, panel.correct_fold, threshold, panel.save_button):
        assert part.visibleRegion().boundingRect().height() == part.height()
        assert part.mapToGlobal(part.rect().bottomLeft()).y() <= 768
    unfold(panel)
    earlier = panel.measure.earlier
    earlier.setCurrentIndex(1)
    earlier.activated.emit(1)
    seat.wait(lambda: panel.measure.followed.isVisible())
    rest(500)
    assert cut(panel) == []


@pytest.fixture
def narrow(monkeypatch):
    """Have the panel made on a small screen."""
    monkeypatch.setattr(widths, "screen_width", lambda _: NARROW)


MODEL = (
    "Glioma in MRI, heads with or without scalp and skull: FLAIR abnormality, slice by slice. "
    "Dice 0.85 [0.75, 0.89] on 16 patients kept aside (fold 1 of 5)"
)


def test_the_rules_of_a_new_mask_are_in_sight_without_scrolling(segmented):
    """On 1366 x 768, with the longest line on a model and with sequences that are missing."""
    panel = segmented.panel
    panel.models.summary.setText(MODEL)
    rest(500)
    scroll = panel.findChild(UprightScroll)
    assert scroll.verticalScrollBar().maximum() == 0
    above = panel.views.mapTo(panel, panel.views.rect().topLeft())
    panel.status.setText("One line\nand another")
    rest(200)
    assert panel.views.mapTo(panel, panel.views.rect().topLeft()) == above
    for control in (panel.mask_rules.accept_button, panel.uncertainty.next_button):
        assert control.visibleRegion().boundingRect() == control.rect()


@pytest.mark.usefixtures("narrow")
def test_it_fits_a_small_screen_with_all_parts_open(segmented):
    """The window shrinks to what napari itself needs in height, and rows take more lines."""
    panel, window = segmented.panel, segmented.viewer.window._qt_window
    unfold(panel)
    rest(500)
    window.resize(NARROW, window.minimumSizeHint().height())
    rest(500)
    assert window.width() == NARROW
    assert cut(panel) == []
    scroll = panel.findChild(QScrollArea)
    for control in panel.findChildren(QAbstractButton):
        if control.isVisible() and scroll.isAncestorOf(control):
            edge = control.mapTo(scroll, control.rect().topRight()).x()
            assert edge <= scroll.viewport().width(), control.text()
    assert panel.save_button.visibleRegion().boundingRect() == panel.save_button.rect()


def test_nothing_is_drawn_while_a_run_has_nothing_to_show(seat, straight, tmp_path, steered):
    """The window is drawn as a whole: an animation in it takes the processor from the model."""
    seat.panel = seat.dock("Segment")
    seat.viewer.open(str(lesion_file(tmp_path, straight)), plugin="napari-brainseg")
    steered.pause_after = 2
    steered.leave.clear()
    seat.hand.click(seat.panel.segment_button)
    seat.wait(steered.started.is_set)
    rest(1000)
    drawn = Drawn(seat.hand.window)
    rest(1000)
    assert seat.panel.run.running
    assert drawn.times <= 3
    steered.leave.set()
    seat.wait(lambda: not seat.is_running)


class Drawn(QObject):
    """Counts how often a window is drawn."""

    def __init__(self, window):
        super().__init__(window)
        self.times = 0
        window.installEventFilter(self)

    def eventFilter(self, watched, event):
        self.times += event.type() == QEvent.Type.UpdateRequest
        return False
