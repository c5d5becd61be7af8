"""A new mask is seen on the scan that it is of, not on another that covers that one."""

from __future__ import annotations

import nibabel as nib
import pytest

pytestmark = pytest.mark.gui


@pytest.fixture
def covered(viewer, panel, oblique_file, steered):
    """Open a scan, and another sequence, a little shifted, that is drawn over it."""
    image = nib.load(oblique_file)
    moved = image.affine.copy()
    moved[0, 3] += 4.0
    other = oblique_file.with_name("t2.nii.gz")
    nib.save(nib.Nifti1Image(image.get_fdata().astype("int16"), moved), other)
    for path in (oblique_file, other):
        viewer.open(str(path), plugin="napari-brainseg")
    panel.scans.setCurrentIndex(0)
    return viewer.layers[0], viewer.layers[1]


def test_what_covers_the_scan_of_a_new_mask_is_hidden(covered, panel, segment):
    own, other = covered
    segment(panel)
    assert (own.visible, other.visible) == (True, False)


@pytest.mark.parametrize("way", ["tint", "hidden"])
def test_what_was_made_to_show_both_and_what_was_hidden_stays_so(covered, panel, segment, way):
    own, other = covered
    if way == "tint":
        other.blending = "additive"
    else:
        own.visible = False
    before = own.visible, other.visible
    segment(panel)
    assert (own.visible, other.visible) == before


def test_the_scan_that_the_user_chooses_is_shown(covered, panel):
    own, other = covered
    own.visible = False
    pick(panel, 0)
    assert (own.visible, other.visible) == (True, False)
    pick(panel, 1)  # which lies above it
    assert (own.visible, other.visible) == (True, True)


def test_a_scan_that_is_chosen_as_it_lies_beside_another_hides_nothing(covered, panel, viewer):
    viewer.canvas.grid.enabled = True
    pick(panel, 0)
    assert [layer.visible for layer in covered] == [True, True]


def pick(panel, index):
    """Choose a scan as the mouse or the keys do."""
    panel.scans.setCurrentIndex(index)
    panel.scans.activated.emit(index)
