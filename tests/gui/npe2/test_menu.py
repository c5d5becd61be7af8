"""What napari's own File menu does with a mask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nibabel as nib
import numpy as np
import pytest
import tifffile
from napari._app_model import get_app_model
from qtpy.QtWidgets import QFileDialog

from napari_brainseg.gui.npe2.commands import save_selected_mask
from napari_brainseg.io import read_mask

if TYPE_CHECKING:
    from napari.layers import Labels

pytestmark = pytest.mark.gui

SAVE_SELECTED = "napari.window.file.save_layers_dialog.selected"
OURS = "Brain tumour segmentation mask"


def on(image) -> dict[str, object]:
    """Keywords that lay a layer on an image."""
    return {key: getattr(image, key) for key in ("scale", "units", "axis_labels", "translate")}


def save_from_the_menu() -> None:
    get_app_model().commands.execute_command(SAVE_SELECTED).result()


@pytest.fixture
def painted(viewer, oblique_file) -> Labels:
    """Open a scan, with a mask that has one voxel."""
    viewer.open(str(oblique_file), plugin="napari-brainseg")
    image = viewer.layers[0]
    labels = np.zeros(image.data.shape, dtype=np.uint8)
    labels[6, 3, 5] = 1
    viewer.add_labels(labels, name="m", metadata=dict(image.metadata), **on(image))
    viewer.layers.selection.active = viewer.layers["m"]
    return viewer.layers["m"]


@pytest.fixture
def dialog(monkeypatch):
    """Answer the save dialog with a path and, of its filters, the one of a title."""
    asked = []

    def answer(path, title: str) -> None:
        def get(*args, **kwargs):
            filters = kwargs.get("filter") or args[-1]
            asked.append(kwargs)
            chosen = [text for text in filters.split(";;") if text.startswith(title)]
            return str(path), chosen[0]

        monkeypatch.setattr(QFileDialog, "getSaveFileName", get)

    answer.asked = asked
    return answer


@pytest.mark.parametrize("suffix", [".nii.gz", ".nrrd", ".mha", ".tif"])
def test_file_save_with_our_filter_writes_on_the_grid_of_the_scan(
    viewer, painted, dialog, tmp_path, oblique_file, suffix
):
    target = tmp_path / f"saved{suffix}"
    dialog(target, OURS)
    save_from_the_menu()
    saved, affine = read_mask(target)
    # Painted at row 3 from the front, column 5 from the patient's right; see test_widget.
    assert np.argwhere(saved).tolist() == [[6, 44, 5]]
    if suffix == ".nii.gz":
        np.testing.assert_array_equal(affine, nib.load(oblique_file).affine)
    # Qt asks before a file is replaced, unless it is told not to.
    options = dialog.asked[0].get("options", QFileDialog.Option(0))
    assert not options & QFileDialog.Option.DontConfirmOverwrite


@pytest.mark.parametrize("name", ["saved.nii.gz", "saved.tif"])
def test_the_entry_in_the_file_menu_needs_no_choice_of_writer(
    viewer, painted, dialog, tmp_path, qtbot, name
):
    dialog(tmp_path / name, "TIFF" if name.endswith("tif") else "NIfTI")
    saver = save_selected_mask()
    with qtbot.waitSignal(saver.ended, timeout=20_000) as ended:
        pass
    assert ended.args[0] == f"Saved {name}, read back and compared."
    saved, _ = read_mask(tmp_path / name)
    assert np.argwhere(saved).tolist() == [[6, 44, 5]]


def test_the_entry_is_in_the_file_menu(viewer):
    entries = get_app_model().menus.get_menu("napari/file/io_utilities")
    titles = [str(entry.command.title) for entry in entries if hasattr(entry, "command")]
    assert any(title.startswith("Save tumour mask…") for title in titles)


def test_without_a_mask_the_entry_says_what_to_do(viewer, notes):
    assert save_selected_mask() is None
    assert "Click a labels layer" in notes[-1][1]


def test_a_mask_saved_as_tiff_has_the_order_of_the_scan_not_of_the_screen(
    viewer, painted, dialog, tmp_path, oblique_file
):
    dialog(tmp_path / "saved.tif", OURS)
    save_from_the_menu()
    stored = tifffile.imread(tmp_path / "saved.tif")
    assert stored.shape == nib.load(oblique_file).shape[::-1]
    assert stored[6, 44, 5] == 1
