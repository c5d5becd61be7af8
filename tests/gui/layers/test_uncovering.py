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
