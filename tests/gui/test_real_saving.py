"""Opening, segmenting, saving and closing, done with mouse and keys of the window system."""

from __future__ import annotations

import shutil
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from gui.hand import rest
from gui.seat import MIDDLE, WITH_A_HAND, lesion_file
from napari._qt.dialogs.qt_reader_dialog import QtReaderDialog
from napari.settings import get_settings
from qtpy.compat import isalive
from qtpy.QtWidgets import (
    QApplication,
    QDialogButtonBox,
    QDockWidget,
    QFileDialog,
    QMessageBox,
    QWidget,
)

from napari_brainseg.io import read_mask_on, read_scan

if TYPE_CHECKING:
    from gui.hand import Hand
    from gui.seat import Seat

pytestmark = WITH_A_HAND


@pytest.mark.parametrize("real", [False, True], ids=["made", "clinical"])
def test_from_a_dropped_file_to_a_corrected_saved_mask(
    real, seat, straight, tmp_path, request, monkeypatch
):
    """Seven clicks at most for a new user, beyond the drawing; what is saved is what was drawn."""
    if real:
        monkeypatch.delenv("BRAINSEG_MODELS")
        source = request.getfixturevalue("shared") / "scans" / "mr_clinical" / "flair.nii.gz"
        path = tmp_path / source.name
        shutil.copyfile(source, path)
    else:
        request.getfixturevalue("steered")
        path = lesion_file(tmp_path, straight)
    # A new user is asked by napari which plugin opens such files; it remembers the answer.
    monkeypatch.setattr(get_settings().plugins, "extension2reader", {})
    hand, viewer = seat.hand, seat.viewer
    hand.clicks = 0
    hand.in_dialog(partial(choose_reader, hand))
    hand.drop(path, seat.canvas)
    seat.wait(lambda: len(viewer.layers) == 1)
    open_panel_by_menu(seat)
    seat.wait(lambda: seat.panel.segment_button.isEnabled())
    hand.click(seat.panel.segment_button)
    seat.wait(lambda: seat.is_running or seat.mask is not None)
    seat.wait(lambda: not seat.is_running and seat.mask is not None, 240_000)
    rest(500)
    before = seat.mask.data.copy()
    # The new mask is in paint mode: draw at once.
    centre = np.array(viewer.dims.point)
    line = [centre + np.array((0, 0, step)) for step in np.linspace(-4, 4, 10)]
    hand.draw(seat.viewer, line)
    seat.settle()
    assert not np.array_equal(before, seat.mask.data)
    hand.in_dialog(partial(accept_name, hand))
    hand.click(seat.panel.save_button)
    saved = path.with_name("flair_mask.nii.gz")
    seat.wait(saved.exists)
    seat.wait(lambda: not seat.panel.save_button.text().startswith("●"))
    found = read_mask_on(saved, read_scan(path).scan)
    shown = seat.panel.working.provenance.frame.apply(found)
    np.testing.assert_array_equal(shown, seat.mask.data)
    print(f"{hand.clicks} clicks from the dropped file to the saved mask")
    assert hand.clicks <= 7


def choose_reader(hand: Hand, dialog: QWidget) -> None:
    """Press OK: this plugin is offered first."""
    assert isinstance(dialog, QtReaderDialog)
    hand.click(dialog.btn_box.button(QDialogButtonBox.StandardButton.Ok))


def open_panel_by_menu(seat: Seat) -> None:
    """Click on Plugins, move to the plugin, whose menu opens by itself, and click on Segment."""
    hand, menus = seat.hand, seat.viewer.window._qt_window.menuBar()
    plugins = next(each for each in menus.actions() if "Plugins" in each.text())
    press_entry(hand, menus, plugins)
    brainseg = next(each for each in plugins.menu().actions() if "Brain" in each.text())
    place = plugins.menu().actionGeometry(brainseg).center()
    hand.do("mousemove", *hand.at(plugins.menu(), place.x(), place.y()))
    seat.wait(brainseg.menu().isVisible)
    entry = next(each for each in brainseg.menu().actions() if "Segment" in each.text())
    # Straight across: on its way down the mouse would come to the next entry.
    first = brainseg.menu().actionGeometry(brainseg.menu().actions()[0]).center()
    hand.do("mousemove", *hand.at(brainseg.menu(), first.x(), first.y()))
    press_entry(hand, brainseg.menu(), entry)
    seat.wait(lambda: docked(seat, "Segment") is not None)
    seat.panel = docked(seat, "Segment")


def press_entry(hand: Hand, menu: Any, action: Any) -> None:
    hand.clicks += 1
    place = menu.actionGeometry(action).center()
    hand.click_at(hand.at(menu, place.x(), place.y()))
    rest(200)


def docked(seat: Seat, title: str) -> Any:
    for dock in seat.viewer.window._qt_window.findChildren(QDockWidget):
        if title in dock.windowTitle() and hasattr(dock, "inner_widget"):
            return dock.inner_widget()
        if title in dock.windowTitle():
            return dock.widget()
    return None


def accept_name(hand: Hand, dialog: QWidget) -> None:
    """Press Save in the dialog that asks for a name, as it proposes it."""
    assert isinstance(dialog, QFileDialog)
    hand.clicks += 1
    hand.focus(dialog)
    hand.do("key", "Return")


@pytest.mark.parametrize("answer", ["Cancel", "Save…"])
def test_closing_with_an_unsaved_mask_asks(answer, drawn, tmp_path):
    """Cancel stays, with everything there; Save asks where, writes, and only then closes."""
    asked, window, mask = [], drawn.viewer.window._qt_window, drawn.mask.data.copy()

    def reply(dialog):
        hand = drawn.hand
        if isinstance(dialog, QMessageBox):
            asked.append(dialog.text())
            hand.in_dialog(reply)
            (button,) = (each for each in dialog.buttons() if each.text().strip("&") == answer)
            hand.click(button)
            return
        asked.append(dialog.windowTitle())
        if isinstance(dialog, QFileDialog):
            hand.focus(dialog)
            hand.do("key", "Return")
        else:
            hand.in_dialog(reply)
            hand.click(dialog.close_btn)

    drawn.hand.in_dialog(reply)
    drawn.hand.press("ctrl+w")  # napari itself asks whether it is meant
    drawn.wait(lambda: len(asked) >= 2)
    assert asked[1] == f"Not saved: {drawn.mask.name}."
    saved = tmp_path / "flair_mask.nii.gz"
    if answer == "Cancel":
        drawn.wait(lambda: QApplication.activeModalWidget() is None)
        drawn.hand.pending = None
        rest(300)
        assert window.isVisible()
        assert not saved.exists()
        np.testing.assert_array_equal(drawn.mask.data, mask)
    else:
        drawn.wait(lambda: not isalive(window))
        found = read_mask_on(saved, read_scan(tmp_path / "flair.nii.gz").scan)
        assert np.count_nonzero(found) == np.count_nonzero(mask)


# A work list


def test_a_work_list_forward_and_back(seat, tmp_path, straight):
    """What was drawn is saved when one goes on, and is there when one comes back."""
    folder = tmp_path / "scans"
    folder.mkdir()
    for name in ("a", "b", "c"):
        lesion_file(folder, straight, f"{name}_flair.nii.gz")
    seat.panel = seat.dock("Segment")
    work = seat.dock("Work list")
    work.session.open(folder)
    seat.wait(lambda: work.session.current is not None and not work.session.busy)
    names = [work.session.current.name]
    seat.hand.click(seat.panel.empty_button)
    seat.viewer.dims.set_current_step(0, MIDDLE[0])
    rest(300)
    seat.draw((0, -5), (0, 5))
    drawn = seat.mask.data.copy()
    assert drawn.any()
    for key in ("alt+Right", "alt+Left"):
        before = work.session.current
        seat.hand.press(key)
        seat.wait(lambda was=before: work.session.current != was and not work.session.busy)
        rest(500)
        names.append(work.session.current.name)
    assert names[0] == names[2] != names[1]
    np.testing.assert_array_equal(work.session.mask.data, drawn)
    assert QApplication.activeModalWidget() is None  # nothing was asked
