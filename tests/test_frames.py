"""Turning a grid is exact, comes back, and ends in radiological convention."""

from __future__ import annotations

import itertools

import nibabel as nib
import numpy as np
import pytest

from napari_brainseg.frames import PLANES, Plane, acquisition_plane, frame_for

ORIENTATIONS = [
    "".join(codes[axis] for axis in order)
    for order in itertools.permutations(range(3))
    for codes in itertools.product("RL", "AP", "SI")
]


def affine_of(codes: str, oblique: bool = False) -> np.ndarray:
    """Affine of a (x, y, z) grid whose voxel axes point along ``codes``."""
    affine = np.zeros((4, 4))
    affine[3, 3] = 1
    for axis, code in enumerate(codes):
        world = {"R": 0, "L": 0, "A": 1, "P": 1, "S": 2, "I": 2}[code]
        affine[world, axis] = (1 if code in "RAS" else -1) * (axis + 1.0)
    if oblique:
        tilt = nib.eulerangles.euler2mat(0.2, 0.15, -0.1)
        affine[:3, :3] = tilt @ affine[:3, :3]
    return affine


@pytest.mark.parametrize("oblique", [False, True])
@pytest.mark.parametrize("plane", list(PLANES))
@pytest.mark.parametrize("codes", ORIENTATIONS)
def test_every_orientation_is_turned_and_comes_back(
    codes: str, plane: Plane, oblique: bool
) -> None:
    affine = affine_of(codes, oblique)
    frame = frame_for(affine, plane)
    array = np.arange(2 * 3 * 4).reshape(2, 3, 4)
    assert np.array_equal(frame.invert(frame.apply(array)), array)
    # Along each frame axis the position moves in the direction the frame promises.
    world = np.moveaxis(np.indices((2, 3, 4))[::-1], 0, -1) @ affine[:3, :3].T
    turned = np.stack([frame.apply(world[..., k]) for k in range(3)], axis=-1)
    for axis, code in enumerate(PLANES[plane]):
        step = np.diff(turned, axis=axis).reshape(-1, 3)[0]
        assert int(np.argmax(np.abs(step))) == {"R": 0, "L": 0, "A": 1, "P": 1}.get(code, 2)
        assert (step[np.argmax(np.abs(step))] > 0) == (code in "RAS")


def test_there_are_48_orientations() -> None:
    assert len(set(ORIENTATIONS)) == 48


def test_spacing_follows_its_axis() -> None:
    frame = frame_for(affine_of("SAR"))
    assert frame.reorder((30.0, 20.0, 10.0)) == (10.0, 20.0, 30.0)


@pytest.mark.parametrize(
    ("spacing", "plane"),
    [((1, 1, 5), "axial"), ((5, 1, 1), "sagittal"), ((1, 4, 1), "coronal"), ((1, 1, 1), "axial")],
)
def test_the_acquisition_plane_lies_across_the_widest_spacing(
    spacing: tuple[float, float, float], plane: str
) -> None:
    assert acquisition_plane(np.diag([*spacing, 1.0])) == plane


@pytest.mark.parametrize("plane", list(PLANES))
@pytest.mark.parametrize("codes", ORIENTATIONS[::7])
def test_positions_are_turned_as_voxels_are(codes: str, plane: Plane) -> None:
    frame = frame_for(affine_of(codes), plane)
    grid = (4, 5, 6)
    marked = np.zeros(grid, bool)
    marked[1, 4, 2] = marked[3, 0, 5] = True
    placed = frame.place(np.argwhere(marked).astype(float), grid)
    turned = np.argwhere(frame.apply(marked))
    assert sorted(placed.tolist()) == sorted(turned.tolist())
    np.testing.assert_array_equal(frame.place_back(placed, grid), np.argwhere(marked))
