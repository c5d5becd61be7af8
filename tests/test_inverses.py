"""Every way there has its way back, for whatever hypothesis makes up."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from napari_brainseg.bbox import bounding_box
from napari_brainseg.frames import PLANES, frame_for
from napari_brainseg.io import MaskInfo, color_table, read_mask, read_mask_on, read_scan, write_mask
from napari_brainseg.io.save import write_image
from napari_brainseg.pipeline.prepare import SliceGeometry
from napari_brainseg.scan import Scan, Source
from napari_brainseg.text import printable, shortened

FILES = settings(max_examples=8)
"""What writes files takes longer than what does not."""

shapes = hnp.array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=6)
lengths = st.floats(0.05, 30.0)
angles = st.tuples(*(st.floats(-3.2, 3.2) for _ in range(3)))
places = st.tuples(*(st.floats(-900.0, 900.0) for _ in range(3)))


@st.composite
def affines(draw: st.DrawFn) -> np.ndarray:
    """Grids of any orientation, voxel size, handedness and place."""
    matrix = np.diag(draw(st.tuples(lengths, lengths, lengths)))
    for axis, angle in enumerate(draw(angles)):
        turn = np.eye(3)
        a, b = (i for i in range(3) if i != axis)
        turn[a, a] = turn[b, b] = np.cos(angle)
        turn[a, b], turn[b, a] = -np.sin(angle), np.sin(angle)
        matrix = turn @ matrix
    affine = np.eye(4)
    affine[:3, :3] = matrix @ np.diag(draw(st.tuples(*(st.sampled_from((1, -1)),) * 3)))
    affine[:3, 3] = draw(places)
    return affine


labels = shapes.flatmap(
    lambda shape: hnp.arrays(np.uint16, shape, elements=st.sampled_from((0, 1, 2, 4, 255, 65535)))
)


def scan_of(grid: tuple[int, ...], affine: np.ndarray, units: str = "mm") -> Scan:
    data = np.arange(np.prod(grid), dtype=np.float32).reshape(1, *grid)
    return Scan(data, affine, ("FLAIR",), Source("scan"), units)  # type: ignore[arg-type]


@given(affines(), st.sampled_from(list(PLANES)), shapes)
def test_a_frame_turns_voxels_and_positions_there_and_back(affine, plane, grid) -> None:  # type: ignore[no-untyped-def]
    frame, array = frame_for(affine, plane), np.arange(np.prod(grid)).reshape(grid)
    shown = frame.apply(array)
    assert np.shares_memory(shown, array)
    np.testing.assert_array_equal(frame.invert(shown), array)
    np.testing.assert_array_equal(frame.apply(frame.invert(shown)), shown)
    points = np.argwhere(array >= 0).astype(float)
    placed = frame.place(points, grid)
    np.testing.assert_array_equal(frame.place_back(placed, grid), points)
    at = tuple(placed.astype(int).T)
    np.testing.assert_array_equal(shown[at], array.ravel())
    np.testing.assert_array_equal(sorted(frame.reorder(grid)), sorted(grid))


sides = st.integers(1, 24)


@given(sides, sides, st.integers(0, 9), st.integers(0, 9), st.integers(0, 2**31))
def test_what_was_padded_is_cut_out_again(height, width, more, wider, seed) -> None:  # type: ignore[no-untyped-def]
    geometry = SliceGeometry(
        frame_for(np.eye(4)), (2, height, width), (height, width), (height + more, width + wider)
    )
    slices = np.random.default_rng(seed).random((2, height, width)).astype(np.float32)
    forth = geometry.forward(slices)
    assert forth.shape == (2, height + more, width + wider)
    assert forth.sum() == pytest.approx(slices.sum(), rel=1e-5)
    np.testing.assert_array_equal(geometry.inverse(forth), slices)


@settings(max_examples=25)
@given(st.integers(8, 24), st.integers(8, 24), st.floats(0.6, 2.5), st.floats(-3, 3))
def test_what_was_resampled_comes_back_where_it_was(height, width, zoom, tilt) -> None:  # type: ignore[no-untyped-def]
    """A plane of intensities is what resampling keeps, but for its rim."""
    size = (max(4, round(height * zoom)), max(4, round(width * zoom)))
    geometry = SliceGeometry(frame_for(np.eye(4)), (1, height, width), size, (64, 64))
    rows, columns = np.indices((height, width))
    slices = (rows + tilt * columns).astype(np.float32)[np.newaxis]
    back = geometry.inverse(geometry.forward(slices))
    assert back.shape == slices.shape
    inner = (slice(None), slice(3, -3), slice(3, -3))
    np.testing.assert_allclose(back[inner], slices[inner], atol=0.35 * (1 + abs(tilt)))


@pytest.mark.parametrize("suffix", [".nii.gz", ".nii", ".nrrd", ".mha", ".tif"])
@FILES
@given(labels, affines(), st.sampled_from(("mm", "pixel")))
def test_a_mask_comes_back_from_every_format(suffix, mask, affine, units) -> None:  # type: ignore[no-untyped-def]
    scan = scan_of(mask.shape, affine, units)
    with tempfile.TemporaryDirectory() as folder:
        path = write_mask(mask, scan, Path(folder) / f"mask{suffix}")
        found, placed = read_mask(path)
        np.testing.assert_array_equal(found, mask)
        np.testing.assert_array_equal(read_mask_on(path, scan), mask)
        np.testing.assert_allclose(placed, affine, rtol=1e-6, atol=1e-4)


@FILES
@given(
    shapes.flatmap(
        lambda shape: hnp.arrays(
            np.float32, shape, elements=st.floats(-(2.0**99), 2.0**99, width=32)
        )
    ),
    affines(),
)
def test_an_image_comes_back_to_the_last_bit(image, affine) -> None:  # type: ignore[no-untyped-def]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "image.nii.gz"
        write_image(image, scan_of(image.shape, affine), path)
        np.testing.assert_array_equal(read_scan(path).scan.data[0], image)


NAMES = st.text(st.characters(codec="utf-8", categories=("L", "N", "M", "Zs")), min_size=1)
COLORS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@FILES
@given(st.dictionaries(st.integers(1, 65535), st.tuples(NAMES, COLORS), min_size=1, max_size=6))
def test_names_and_colours_come_back_from_the_table_beside_a_mask(classes) -> None:  # type: ignore[no-untyped-def]
    names = {label: " ".join(name.split()) or "x" for label, (name, _) in classes.items()}
    info = MaskInfo(names, {label: color for label, (_, color) in classes.items()})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mask_colors.ctbl"
        path.write_text(color_table.format_table(info, sorted(names)), encoding="utf-8")
        found = color_table.read(path)
    assert dict(found.colors) == dict(info.colors)
    spoken = {label: name.replace(" ", "_") for label, name in names.items()}
    assert {label: name.replace(" ", "_") for label, name in found.names.items()} == spoken


@given(
    st.integers(1, 3).flatmap(
        lambda n: hnp.arrays(bool, hnp.array_shapes(min_dims=n, max_dims=n, max_side=7))
    ),
    st.integers(0, 3),
)
def test_a_box_holds_all_that_is_marked_and_no_more(mask, margin) -> None:  # type: ignore[no-untyped-def]
    box = bounding_box(mask)
    if box is None:
        assert not mask.any()
        return
    assert mask[box].sum() == mask.sum()
    for axis in range(mask.ndim):  # each face of it is touched
        ends = np.moveaxis(mask[box], axis, 0)
        assert ends[0].any()
        assert ends[-1].any()
    wider = bounding_box(mask, margin)
    assert wider is not None
    for tight, wide, size in zip(box, wider, mask.shape, strict=True):
        assert wide.start == max(0, tight.start - margin)
        assert wide.stop == min(size, tight.stop + margin)


@given(st.text(), st.integers(2, 90))
def test_text_made_printable_is_printable_and_stays(text, limit) -> None:  # type: ignore[no-untyped-def]
    shown = printable(text)
    assert printable(shown) == shown
    assert len(shown) == len(text)
    assert len(shortened(text, limit)) <= limit
