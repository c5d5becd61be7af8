"""What the panel says is seen whole, in a window of 1366 x 768, in either language."""

from __future__ import annotations

import numpy as np
import pytest
from gui.hand import rest
from gui.seat import IN_A_WINDOW, MIDDLE, lesion, lesion_file
from qtpy.QtWidgets import QAbstractButton, QLabel
from superqt import QCollapsible

from napari_brainseg.gui.common.settings import Preferences
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


def test_nothing_is_cut_and_what_matters_is_in_sight(spoken, seat, straight, tmp_path, steered):
    seat.panel = panel = seat.dock("Segment")
    for name in ("flair.nii.gz", "flair_2.nii.gz"):
        seat.viewer.open(str(lesion_file(tmp_path, straight, name)), plugin="napari-brainseg")
        seat.hand.click(panel.empty_button)
        seat.mask.data_setitem(np.nonzero(lesion()), 1)
        seat.settle()
    seat.viewer.dims.set_current_step(0, MIDDLE[0])
    seat.hand.click(panel.segment_button)
    seat.wait(lambda: panel.mask_fold.isExpanded() and not panel.run.running)
    seat.wait(lambda: panel.measure.measured is not None)
    rest(500)
    assert cut(panel) == []
    # Once the run is done, what one goes on with is in sight without scrolling.
    threshold = panel.mask_rules.threshold
    for part in (panel.measure.fold, panel.correct_fold, threshold, panel.save_button):
        assert part.visibleRegion().boundingRect().height() == part.height()
        assert part.mapToGlobal(part.rect().bottomLeft()).y() <= 768
    for fold in panel.findChildren(QCollapsible):
        fold.expand(animate=False)
    earlier = panel.measure.earlier
    earlier.setCurrentIndex(1)
    earlier.activated.emit(1)
    seat.wait(lambda: panel.measure.followed.isVisible())
    rest(500)
    assert cut(panel) == []
