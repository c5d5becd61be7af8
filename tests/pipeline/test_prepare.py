"""The one preprocessing, and its way back."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from napari_brainseg.errors import ScanError
from napari_brainseg.models.preprocessing import Preprocessing
from napari_brainseg.pipeline.prepare import prepare_scan
from napari_brainseg.scan import DISPLAY_AFFINE, Scan, Source

PARAMS = Preprocessing(mean=(0.4,), std=(0.2,), size=64)


def make_scan(shape: tuple[int, int, int] = (5, 60, 70), pixel: float = 0.9) -> Scan:
    data = np.random.default_rng(2).gamma(2, 40, (1, *shape)).astype(np.float32)
    return Scan(data, np.diag([-pixel, -pixel, 5.0, 1]), ("FLAIR",), Source("scan"))


def test_slices_are_padded_scaled_and_standardised() -> None:
    scan = make_scan()
    prepared = prepare_scan(scan, PARAMS)
    batch = prepared.batch(range(5))
    assert batch.shape == (5, 1, 64, 96)
    assert batch.dtype == np.float32
    inner = batch[:, 0, 2:62, 13:83]
    values = scan.data[0]
    scale = np.percentile(values[values > values.mean()], 99.5)
    assert np.allclose(inner, (np.clip(values / scale, 0, 1) - 0.4) / 0.2, atol=1e-5)
    assert np.allclose(batch[:, 0, 0], (0 - 0.4) / 0.2)


def test_a_slice_does_not_depend_on_its_batch() -> None:
    prepared = prepare_scan(make_scan(), PARAMS)
    assert np.array_equal(prepared.batch([3])[0], prepared.batch(range(5))[3])


@pytest.mark.parametrize("windows", [(), ((0.0, 50.0), None, (10.0, 90.0))])
def test_one_image_for_every_role_is_shown_as_three_copies_of_it_are(
    windows: tuple[tuple[float, float] | None, ...],
) -> None:
    scan = make_scan(pixel=1.2)
    params = replace(PARAMS, mean=(0.4, 0.5, 0.6), std=(0.2, 0.3, 0.2), windows=windows)
    once, copied = np.broadcast_to(scan.data, (3, 5, 60, 70)), np.repeat(scan.data, 3, axis=0)
    found, expected = (
        prepare_scan(Scan(data, scan.affine, ("a", "b", "c"), scan.source), params).batch([1, 4])
        for data in (once, copied)
    )
    assert np.array_equal(found, expected)


def test_neighbours_are_further_channels_the_last_slice_repeated_at_the_ends() -> None:
    scan = make_scan()
    alone = prepare_scan(scan, PARAMS).batch(range(5))
    together = prepare_scan(scan, replace(PARAMS, neighbours=1)).batch([0, 2, 4])
    assert together.shape == (3, 3, 64, 96)
    shown = [[0, 0, 1], [1, 2, 3], [3, 4, 4]]
    for slices, expected in zip(together, shown, strict=True):
        assert np.array_equal(slices, alone[expected, 0])


def test_neighbours_keep_the_channels_of_a_slice_together() -> None:
    data = np.stack([make_scan().data[0], 2 + make_scan().data[0] ** 0.5])
    scan = Scan(data, make_scan().affine, ("FLAIR", "T1"), Source("scan"))
    params = replace(PARAMS, mean=(0.4, 0.4), std=(0.2, 0.2))
    alone = prepare_scan(scan, params).batch(range(5))
    together = prepare_scan(scan, replace(params, neighbours=1)).batch([2])
    assert np.array_equal(together[0], alone[[1, 2, 3]].reshape(6, 64, 96))


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_reoriented_copy_gives_the_same_bits(order: tuple[int, int, int]) -> None:
    scan = make_scan()
    turn = np.zeros((4, 4))
    turn[3, 3] = 1
    for new, old in enumerate(order):
        turn[2 - old, 2 - new] = 1
    turned = scan.data.transpose(0, *(1 + axis for axis in order))[..., ::-1]
    flip = np.eye(4)
    flip[0, 0], flip[0, 3] = -1, turned.shape[3] - 1
    copy = Scan(turned.copy(), scan.affine @ turn @ flip, scan.channels, scan.source)
    ours, theirs = (prepare_scan(each, PARAMS).batch(range(5)) for each in (scan, copy))
    assert np.array_equal(ours, theirs)


@pytest.mark.parametrize("factor", [10.0, 1e-4])
def test_the_unit_of_intensity_does_not_matter(factor: float) -> None:
    scan = make_scan()
    other = Scan(scan.data * np.float32(factor), scan.affine, scan.channels, scan.source)
    ours, theirs = (prepare_scan(each, PARAMS).batch(range(5)) for each in (scan, other))
    assert np.allclose(ours, theirs, atol=1e-4)


def test_the_amount_of_air_around_the_head_barely_matters() -> None:
    rows, columns = np.mgrid[:128, :128]
    head = np.hypot(rows - 64, columns - 64) < 30
    image = (head * np.random.default_rng(0).normal(100, 10, head.shape))[None, None]
    affine = np.diag([-0.9, -0.9, 5, 1])
    wide = Scan(image, affine, ("FLAIR",), Source("wide"))
    tight = Scan(image[..., 30:98, 30:98], affine, ("FLAIR",), Source("tight"))
    scales = [prepare_scan(scan, PARAMS).maps[0].scale for scan in (wide, tight)]
    assert scales[0] == pytest.approx(scales[1], rel=0.02)


def test_pixels_of_another_size_are_resampled_and_brought_back() -> None:
    scan = make_scan((3, 120, 140), pixel=0.45)
    geometry = prepare_scan(scan, PARAMS).geometry
    assert geometry.resampled == (60, 70)
    smooth = np.outer(np.linspace(0, 1, 120), np.linspace(1, 0, 140)).astype(np.float32)[None]
    back = geometry.inverse(geometry.forward(smooth))
    assert back.shape == smooth.shape
    assert np.abs(back - smooth)[:, 4:-4, 4:-4].max() < 0.02


def test_pixels_of_metres_do_not_fill_the_memory() -> None:
    params = Preprocessing(mean=(0.5,), std=(0.2,))
    with pytest.raises(ScanError, match=r"pixels of 900 mm make slices of 70,000 pixels"):
        prepare_scan(make_scan(pixel=900.0), params)


def test_padding_comes_back_exactly() -> None:
    geometry = prepare_scan(make_scan(), PARAMS).geometry
    slices = np.random.default_rng(0).random((2, 60, 70), dtype=np.float32)
    assert np.array_equal(geometry.inverse(geometry.forward(slices)), slices)


def test_a_picture_without_pixel_size_is_taken_to_show_a_head() -> None:
    data = make_scan((1, 200, 256)).data
    scan = Scan(data, DISPLAY_AFFINE, ("FLAIR",), Source("p"), units="pixel")
    assert prepare_scan(scan, PARAMS).geometry.resampled == (50, 64)


def test_an_empty_scan_gives_finite_numbers() -> None:
    scan = Scan(np.zeros((1, 2, 30, 30)), DISPLAY_AFFINE, ("FLAIR",), Source("empty"))
    assert np.isfinite(prepare_scan(scan, PARAMS).batch([0, 1])).all()


def test_channels_must_meet_roles() -> None:
    with pytest.raises(ValueError, match="2 expected"):
        prepare_scan(make_scan(), Preprocessing(mean=(0, 0), std=(1, 1)))
