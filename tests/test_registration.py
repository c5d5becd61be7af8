"""Two scans of one head that lie elsewhere by their files: matched by what they show."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from napari_brainseg.errors import RegistrationError
from napari_brainseg.registration import register
from napari_brainseg.resample import resampled
from napari_brainseg.sample import phantom
from napari_brainseg.scan import Scan, Source

needs_dipy = pytest.mark.skipif(
    importlib.util.find_spec("dipy") is None, reason="needs the extra [register]"
)


@pytest.fixture(scope="module")
def head() -> Scan:
    """Return the sample's head, on 3 mm."""
    sample = phantom()
    affine = np.array(sample.affine)
    steps = [max(1, round(3 / size)) for size in sample.spacing]
    data = sample.data[:, :: steps[0], :: steps[1], :: steps[2]]
    affine[:3, :3] = affine[:3, :3] * np.array(steps[::-1])
    return Scan(data, affine, sample.channels, Source("baseline"))


def moved(head: Scan, turn: np.ndarray, shift: tuple[float, ...], *, channel: int) -> Scan:
    """Show another sequence of the head after it has moved in the scanner."""
    motion = np.eye(4)
    motion[:3, :3], motion[:3, 3] = turn, shift
    image = resampled(head.data[channel], head.affine, head, to_image=np.linalg.inv(motion))
    assert image is not None
    return Scan(image[np.newaxis], head.affine, ("T1",), Source("later"))


@needs_dipy
@pytest.mark.parametrize("origin", [(0, 0, 0), (-120, 150, 90)], ids=["near", "at a corner"])
def test_a_turn_and_a_shift_are_found_across_sequences(head, origin):
    """Wherever the origin of the files' space lies; many have it at a corner of the image."""
    affine = np.array(head.affine)
    affine[:3, 3] += origin
    head = Scan(head.data, affine, head.channels, head.source)
    turn = Rotation.from_euler("xyz", (4, -6, 8), degrees=True).as_matrix()
    shift = np.array((6.0, -9, 12)) + origin - turn @ origin
    found = register(head, moved(head, turn, shift, channel=0), (1, 0))
    truth = np.eye(4)
    truth[:3, :3], truth[:3, 3] = turn, shift
    z, y, x = head.grid
    corners = np.array([(i, j, k, 1) for i in (0, x - 1) for j in (0, y - 1) for k in (0, z - 1)])
    places = corners @ head.affine.T
    apart = np.linalg.norm((places @ (found.matrix - truth).T)[:, :3], axis=1)
    assert apart.max() < 3.0  # a voxel, at the corners of the head
    back = found.reversed().matrix @ found.matrix
    np.testing.assert_allclose(back, np.eye(4), atol=1e-9)


@needs_dipy
def test_heads_that_lie_in_spaces_of_their_own_are_matched_from_their_middles(head):
    elsewhere = np.array(head.affine)
    elsewhere[:3, 3] += (400, -900, 250)
    other = Scan(head.data[:1], elsewhere, head.channels[:1], Source("later"))
    found = register(head, other)
    np.testing.assert_allclose(found.matrix[:3, 3], (400, -900, 250), atol=2.0)
    assert found.turn_degrees < 1


@needs_dipy
def test_what_cannot_be_matched_is_refused_with_the_reason(head):
    thin = Scan(head.data[:, :3], head.affine, head.channels, Source("thin"))
    with pytest.raises(RegistrationError, match="thin: cannot be matched"):
        register(head, thin)
    empty = Scan(np.zeros_like(head.data), head.affine, head.channels, Source("empty"))
    with pytest.raises(RegistrationError, match="empty: cannot be matched"):
        register(head, empty)


@needs_dipy
def test_what_shows_no_head_is_matched_with_none(head):
    noise = np.random.default_rng(0).integers(0, 500, (1, 20, 100, 100)).astype(np.int16)
    affine = np.array(head.affine)
    with pytest.raises(RegistrationError, match="noise: no match was found"):
        register(head, Scan(noise, affine, ("noise",), Source("noise")), (1, 0))


@needs_dipy
def test_voxels_without_a_number_do_not_matter(head):
    turn = Rotation.from_euler("xyz", (4, -6, 8), degrees=True).as_matrix()
    later = moved(head, turn, (6.0, -9, 12), channel=0)
    data = np.array(later.data, dtype=np.float32)
    data[:, :, :3] = np.nan
    holed = Scan(data, later.affine, later.channels, later.source)
    match = register(head, holed, (1, 0))
    assert match.turn_degrees == pytest.approx(register(head, later, (1, 0)).turn_degrees, abs=1)


def test_without_dipy_the_remedy_is_one_line(head, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(RegistrationError, match=r"pip install 'napari-brainseg\[register\]'"):
        register(head, head)
