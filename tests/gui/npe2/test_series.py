"""Choosing among several DICOM series in a folder."""

from __future__ import annotations

import numpy as np
import pytest
from dicom_files import write_series, write_study
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QApplication, QDialogButtonBox, QWidget

from napari_brainseg.errors import ScanError
from napari_brainseg.gui.common import waiting
from napari_brainseg.gui.npe2.readers import get_reader
from napari_brainseg.gui.npe2.series_dialog import SeriesDialog
from napari_brainseg.io import list_series

pytestmark = pytest.mark.gui


@pytest.fixture
def folder(tmp_path):
    for uid, description, number in (("1", "Ax FLAIR", 12), ("2", "Ax T1", 5), ("3", "Scout", 3)):
        heights = range(0, 5 * number, 5)
        tags = {"series": uid, "SeriesDescription": description, "SeriesNumber": int(uid)}
        write_series(tmp_path / uid, heights, Modality="MR", **tags)
    for file in list(tmp_path.glob("*/*")):
        file.rename(tmp_path / f"{file.parent.name}_{file.name}")
    return tmp_path


def texts(dialog, row):
    return [dialog.table.item(row, column).text() for column in range(4)]


def test_the_dialog_lists_what_there_is_and_proposes_the_largest(qtbot, folder):
    dialog = SeriesDialog(list_series(folder))
    qtbot.addWidget(dialog)
    assert texts(dialog, 0) == ["1 Ax FLAIR", "MR", "12", "0.9 × 0.8 × 5"]
    assert [texts(dialog, row)[0] for row in (1, 2)] == ["2 Ax T1", "3 Scout"]
    assert [series.description for series in dialog.chosen] == ["Ax FLAIR"]


def test_both_runs_of_an_uneven_series_are_proposed(qtbot, tmp_path):
    write_series(tmp_path, (0, 4, 8, 12, 19, 26, 33))
    dialog = SeriesDialog(list_series(tmp_path))
    qtbot.addWidget(dialog)
    assert [series.images for series in dialog.chosen] == [4, 3]
    assert "unevenly spaced" in dialog.text.text()
    assert "4.00 to 7.00 mm apart" in dialog.table.item(0, 0).toolTip()


def test_the_sequences_of_a_study_are_proposed_and_its_flair_comes_on_top(qtbot, tmp_path):
    write_study(tmp_path, ("Ax T1", "Ax FLAIR", "ep2d_diff", "Ax T2"), flat=True)
    dialog = SeriesDialog(list_series(tmp_path))
    qtbot.addWidget(dialog)
    assert [each.description for each in dialog.chosen] == ["Ax T2", "Ax T1", "Ax FLAIR"]
    for column in range(4):
        row = next(row for row in range(4) if texts(dialog, row)[0] == "3 Ax FLAIR")
        dialog.table.item(row, column).setSelected(False)
    assert [each.description for each in dialog.chosen] == ["Ax T2", "Ax T1"]


def test_a_study_of_a_folder_each_opens_its_sequences(viewer, tmp_path, notes):
    """The FLAIR above the others, which are there and hidden; what is no sequence is left."""
    write_study(tmp_path / "study", ("Ax T1", "Ax FLAIR", "ep2d_diff", "Ax T2"))
    viewer.open(str(tmp_path), plugin="napari-brainseg")
    shown = [(layer.name, layer.visible) for layer in viewer.layers]
    assert shown == [("Ax T1", False), ("Ax T2", False), ("Ax FLAIR", True)]
    assert not notes


def test_two_studies_are_not_opened_as_one(viewer, tmp_path, notes):
    for patient in ("p1", "p2"):
        write_study(tmp_path / patient, ("Ax FLAIR", "Ax T1"))
    with pytest.raises(ScanError, match="holds 2 folders, expected the slices of one scan"):
        get_reader(str(tmp_path))(str(tmp_path))


def test_nothing_can_be_opened_while_nothing_is_chosen(qtbot, folder):
    dialog = SeriesDialog(list_series(folder))
    qtbot.addWidget(dialog)
    dialog.table.clearSelection()
    assert not dialog.buttons.button(QDialogButtonBox.StandardButton.Open).isEnabled()


def test_without_an_event_loop_the_largest_is_opened(viewer, folder):
    layers = get_reader(str(folder))(str(folder))
    assert [keywords["name"] for _, keywords, _ in layers] == ["Ax FLAIR"]


@pytest.fixture
def opened(viewer, qtbot, folder):
    """Open the folder from within the event loop, and answer the dialog."""
    window = QWidget()  # the viewer's own is not shown in tests
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(window.isVisible)

    def run(answer) -> list[str]:
        def respond():
            dialog = QApplication.activeModalWidget()
            if isinstance(dialog, SeriesDialog):
                answer(dialog)
            else:  # the folder is still being looked through
                QTimer.singleShot(50, respond)

        done = []

        def start():
            QTimer.singleShot(50, respond)
            viewer.open(str(folder), plugin="napari-brainseg")
            done.append(True)

        QTimer.singleShot(0, start)
        qtbot.waitUntil(lambda: bool(done), timeout=20_000)
        return [layer.name for layer in viewer.layers]

    yield run
    window.close()  # held until here: Qt deletes what nobody holds


def test_each_chosen_series_becomes_a_layer(opened, notes):
    def both(dialog):
        for column in range(4):
            dialog.table.item(1, column).setSelected(True)
        dialog.buttons.button(QDialogButtonBox.StandardButton.Open).click()

    assert opened(both) == ["Ax FLAIR", "Ax T1"]
    assert not notes


def test_cancelling_opens_nothing_and_is_no_error(opened, notes):
    assert opened(lambda dialog: dialog.reject()) == []
    assert not notes


def test_one_series_is_opened_without_asking(viewer, tmp_path, monkeypatch):
    monkeypatch.setattr(waiting, "can_ask", lambda: True)
    folder = write_series(tmp_path / "one")
    layers = get_reader(str(folder))(str(folder))
    np.testing.assert_array_equal(layers[0][0][:, 0, 0], 10 * np.arange(12))
