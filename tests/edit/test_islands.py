"""Parts of a mask that go and stay."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from masks import volumes

from napari_brainseg.edit.islands import count_islands, keep_component, remove_islands
from napari_brainseg.errors import EditError


@pytest.fixture
def parts() -> np.ndarray:
    """27 voxels, 2 voxels that touch by a corner, and 1 voxel."""
    mask = np.zeros((6, 20, 20), dtype=bool)
    mask[1:4, 2:5, 2:5] = True
    mask[2, 10, 10] = mask[3, 11, 11] = True
    mask[5, 19, 19] = True
    return mask


def test_islands_are_judged_by_their_volume(parts):
    # A voxel of 5 mm x 1 mm x 1 mm.
    assert remove_islands(parts, 5.0, 5.0).sum() == 30
    assert remove_islands(parts, 5.1, 5.0).sum() == 29
    assert remove_islands(parts, 10.1, 5.0).sum() == 27
    assert remove_islands(parts, 136.0, 5.0).sum() == 0


def test_the_clicked_part_stays_alone(parts):
    kept = keep_component(parts, (3, 11, 11))
    assert kept.sum() == 2
    assert kept[2, 10, 10]
    np.testing.assert_array_equal(keep_component(parts, (2, 3, 3)), remove_islands(parts, 3, 1))


@pytest.mark.parametrize("point", [(0, 0, 0), (9, 0, 0), (-1, 19, 19)])
def test_a_click_beside_the_mask_is_refused(parts, point):
    with pytest.raises(EditError, match="no mask at that place"):
        keep_component(parts, point)


@given(volumes)
def test_keeping_part_after_part_gives_the_whole(mask):
    left, kept = mask.copy(), np.zeros_like(mask)
    while left.any():
        part = keep_component(left, tuple(np.argwhere(left)[0]))
        assert not (part & kept).any()
        kept |= part
        left &= ~part
    np.testing.assert_array_equal(kept, mask)


def test_islands_are_counted_as_they_are_removed():
    mask = np.zeros((5, 12, 12), dtype=bool)
    mask[1:4, 2:6, 2:6] = mask[2, 9, 9] = mask[0, 0, 11] = True
    assert count_islands(mask, 10.0, 2.0) == 2
    assert count_islands(remove_islands(mask, 10.0, 2.0), 10.0, 2.0) == 0
    assert count_islands(np.zeros_like(mask), 10.0, 2.0) == 0
