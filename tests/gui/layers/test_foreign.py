"""Layers that other plugins made, taken as scans; their masks lie on them."""

from __future__ import annotations

import dask.array as da
import nibabel as nib
import numpy as np
import pytest
from napari.layers import Image, Labels

from napari_brainseg.errors import ScanError
from napari_brainseg.frames import frame_for
from napari_brainseg.gui.domain.provenance import Provenance
from napari_brainseg.gui.layers.belonging import settle
from napari_brainseg.gui.layers.mask_layers import mask_layer_data, mask_on_grid
from napari_brainseg.gui.layers.scan_layers import scan_of
from napari_brainseg.gui.npe2.writers import write_labels_layer
from napari_brainseg.models.preprocessing import Preprocessing
from napari_brainseg.pipeline.prepare import prepare_scan
from napari_brainseg.pipeline.segment import segment_scan

SHAPE = (4, 5, 6)
VOXELS = np.random.default_rng(0).integers(0, 900, SHAPE).astype(np.int16)

PERMUTED = np.array([[0, 0, 5, 7], [0, -0.8, 0, 8], [0.9, 0, 0, 9], [0, 0, 0, 1.0]])
PLACES = {
    "scaled": {"scale": (5, 0.8, 0.9)},
    "moved": {"scale": (5, 0.8, 0.9), "translate": (-40, 12, 7.5)},
    "flipped": {"scale": (-5, 0.8, -0.9), "translate": (3, 2, 1)},
    "turned": {"scale": (5, 0.8, 0.9), "translate": (3, 2, 1), "rotate": (10, -20, 30)},
    "sheared": {"scale": (5, 0.8, 0.9), "shear": (0.1, 0, 0.2)},
    "by an affine": {"affine": PERMUTED},
    "by both": {"affine": PERMUTED, "scale": (1, 2, 3), "translate": (1, 1, 1)},
}
CORNERS = np.array([(0, 0, 0), (3, 0, 0), (0, 4, 0), (0, 0, 5), (3, 4, 5)])

pytestmark = [pytest.mark.gui, pytest.mark.filterwarnings("ignore:Non-orthogonal slicing")]


def mask_over(layer: Image) -> Labels:
    handle = scan_of(layer)
    labels = np.ones(handle.scan.grid, np.uint8)
    data, keywords, _ = mask_layer_data(labels, Provenance(handle.scan, handle.frame), "mask")
    return Labels(data, **keywords)


@pytest.mark.parametrize("place", PLACES)
def test_a_scan_lies_where_the_layer_shows_it_and_its_mask_on_it(place: str) -> None:
    layer = Image(VOXELS, units=("mm",) * 3, **PLACES[place])
    scan, mask = scan_of(layer).scan, mask_over(layer)
    np.testing.assert_array_equal(scan.data[0], VOXELS)
    for corner in CORNERS:
        z, y, x = shown = layer.data_to_world(corner)
        np.testing.assert_allclose(scan.affine @ (*corner[::-1], 1), (-x, -y, z, 1), atol=1e-9)
        np.testing.assert_allclose(mask.data_to_world(corner), shown, atol=1e-9)
    np.testing.assert_allclose(mask.scale, scan.spacing)
    assert mask.axis_labels == layer.axis_labels


@pytest.mark.parametrize("place", PLACES)
def test_a_mask_drawn_by_hand_is_saved_where_its_image_is_shown(place: str, tmp_path) -> None:
    """But no file says that the scanner placed it there."""
    image = Image(VOXELS, units=("mm",) * 3, **PLACES[place])
    layer = Labels((VOXELS > 500).astype(np.uint8), units=("mm",) * 3, **PLACES[place])
    settle([image, layer])
    data, keywords, _ = layer.as_layer_data_tuple()
    (written,) = write_labels_layer(str(tmp_path / "mask.nii"), data, keywords)
    header = nib.load(written).header
    np.testing.assert_allclose(nib.load(written).affine, scan_of(image).scan.affine, atol=1e-5)
    assert (header["sform_code"], header["qform_code"]) in ((2, 2), (2, 0))


def test_a_drawn_picture_is_saved_where_its_image_is_shown(tmp_path) -> None:
    place = {"scale": (50, 20), "units": ("um",) * 2, "translate": (3, 4)}
    image, layer = Image(VOXELS[0, :4], **place), Labels(np.eye(4, 6, dtype=np.uint8), **place)
    settle([image, layer])
    data, keywords, _ = layer.as_layer_data_tuple()
    (written,) = write_labels_layer(str(tmp_path / "mask.nii"), data, keywords)
    affine = nib.load(written).affine
    np.testing.assert_allclose(affine[:3, :3], np.diag([-0.02, -0.05, 1]), rtol=1e-6)
    np.testing.assert_allclose(affine[:3, 3], (-0.004, -0.003, 0), rtol=1e-6)


def test_a_flipped_layer_is_shown_to_the_network_as_the_viewer_shows_it() -> None:
    flipped = Image(VOXELS[:, ::-1], scale=(1, -1, 1), translate=(0, 4, 0))
    scans = [scan_of(layer).scan for layer in (Image(VOXELS), flipped)]
    one, other = (prepare_scan(scan, Preprocessing((0.0,), (1.0,))).volume for scan in scans)
    np.testing.assert_array_equal(one, other)
    assert frame_for(scans[1].affine).flips == (False, True, False)


@pytest.mark.parametrize(
    ("units", "spacing"),
    [("um", (3.0, 0.5, 0.25)), ("cm", (30000, 5000, 2500)), ("micrometer", (3.0, 0.5, 0.25))],
)
def test_any_unit_of_length_is_read_in_mm(units: str, spacing: tuple[float, ...]) -> None:
    layer = Image(VOXELS, scale=(3000, 500, 250), units=(units,) * 3)
    scan, mask = scan_of(layer).scan, mask_over(layer)
    assert scan.units == "mm"
    np.testing.assert_allclose(scan.spacing, spacing)
    assert mask.units == layer.units
    np.testing.assert_allclose(mask.scale, layer.scale)


def test_units_that_are_no_length_count_pixels() -> None:
    assert scan_of(Image(VOXELS, units=("s", "mm", "mm"))).scan.units == "pixel"


def test_the_finest_of_several_scales_is_taken() -> None:
    levels = [da.from_array(VOXELS), da.from_array(VOXELS[::2, ::2, ::2])]
    layer = Image(levels, multiscale=True, scale=(5, 1, 1))
    np.testing.assert_array_equal(scan_of(layer).scan.data[0], VOXELS)
    np.testing.assert_array_equal(mask_over(layer).extent.world, layer.extent.world)


@pytest.mark.parametrize("lead", [(3,), (1, 3), (3, 1)])
def test_further_axes_are_channels_and_the_mask_a_volume_on_all_of_them(lead) -> None:
    stack = np.stack([VOXELS, VOXELS + 1, VOXELS + 2]).reshape(*lead, *SHAPE)
    n = len(lead)
    layer = Image(stack, scale=(9,) * n + (5, 1, 2), translate=(4,) * n + (1, 2, 3))
    handle, mask = scan_of(layer), mask_over(layer)
    np.testing.assert_array_equal(handle.scan.data, stack.reshape(3, *SHAPE))
    assert handle.scan.channels == ("volume 1", "volume 2", "volume 3")
    np.testing.assert_allclose(mask.extent.world, layer.extent.world[:, -3:])
    labels, scan = mask_on_grid(mask)
    assert labels.shape == scan.grid == SHAPE


def test_axes_of_length_one_in_front_are_no_channels() -> None:
    scan = scan_of(Image(VOXELS[np.newaxis, np.newaxis], name="head")).scan
    assert scan.channels == ("head",)
    assert scan.grid == SHAPE


def mixing() -> Image:
    affine = np.eye(5)
    affine[1, 0] = 0.5
    return Image(np.zeros((2, 3, 4, 5)), affine=affine, name="x")


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (lambda: Image(np.zeros((65, 2, 3, 4)), name="fmri"), "fmri: the image has 65 volumes"),
        (lambda: Image(da.zeros((9000,) * 3), name="atlas"), r"atlas: .* 5,8\d\d\.\d GB"),
        (mixing, "x: .* mixes space"),
    ],
)
def test_what_cannot_be_a_scan_is_refused_with_the_reason(layer, reason: str) -> None:
    with pytest.raises(ScanError, match=reason):
        scan_of(layer())


@pytest.mark.parametrize("dtype", [bool, np.uint8, ">i2", np.int64, np.uint64, np.float16])
def test_voxels_of_any_type_reach_the_network(dtype, tiny_bundle) -> None:
    scan = scan_of(Image((VOXELS % 2).astype(dtype))).scan
    batch = prepare_scan(scan, Preprocessing((0.0,), (1.0,), size=32)).batch([0])
    assert batch.dtype == np.float32
    assert batch.max() == 1
    assert segment_scan(scan, tiny_bundle, device="cpu").complete


def test_voxels_that_are_no_numbers_become_zero_and_the_run_says_so(tiny_bundle) -> None:
    voxels = VOXELS.astype(np.float32)
    voxels[1, 2, 3], voxels[2, 2, 2] = np.nan, np.inf
    result = segment_scan(scan_of(Image(voxels)).scan, tiny_bundle, device="cpu")
    assert result.scan.data[0, 1, 2, 3] == result.scan.data[0, 2, 2, 2] == 0
    assert any("2 voxels were not finite" in note for note in result.notes)


def test_colour_is_accepted_and_the_run_says_so(tiny_bundle) -> None:
    colours = np.random.default_rng(0).integers(0, 255, (*SHAPE, 4)).astype(np.uint8)
    scan = scan_of(Image(colours, rgb=True)).scan
    assert scan.channels == ("red", "green", "blue")
    np.testing.assert_array_equal(scan.data, np.moveaxis(colours[..., :3], -1, 0))
    assert "colour" in segment_scan(scan, tiny_bundle, device="cpu").notes[0]


def test_a_picture_keeps_its_place() -> None:
    layer = Image(VOXELS[0], scale=(0.5, 0.25), translate=(3, 4), units=("mm",) * 2)
    scan, mask = scan_of(layer).scan, mask_over(layer)
    assert scan.spacing == (1, 0.5, 0.25)
    np.testing.assert_allclose(mask.extent.world[:, 1:], layer.extent.world)


HEAD = np.random.default_rng(1).integers(200, 400, (6, 40, 48)).astype(np.int16)


def test_a_series_over_time_is_segmented_and_its_mask_is_a_volume(panel, viewer, segment) -> None:
    layer = viewer.add_image(np.stack([HEAD, HEAD + 1]), scale=(2, 5, 1, 1), name="perfusion")
    result = segment(panel)
    mask = viewer.layers[-1]
    assert result.segmentation.scan.channels == ("volume 1", "volume 2")
    assert mask.data.shape == HEAD.shape
    np.testing.assert_allclose(mask.extent.world, layer.extent.world[:, -3:])


@pytest.mark.parametrize("flipped", [False, True])
def test_the_slice_shown_is_the_one_that_is_segmented(
    panel, viewer, steered, segment, flipped
) -> None:
    viewer.add_image(HEAD[::-1] if flipped else HEAD, scale=(-5 if flipped else 5, 1, 1))
    viewer.dims.set_point(0, -5 if flipped else 20)
    panel.range.one.setChecked(True)
    # Slices are counted from the feet.
    assert segment(panel).segmentation.slices == (4,)
    at = 1 if flipped else 4
    assert np.flatnonzero(viewer.layers[-1].data.any(axis=(1, 2))).tolist() == [at]


def test_a_layer_given_its_spacing_later_is_segmented_with_it(panel, viewer, segment) -> None:
    layer = viewer.add_image(HEAD, name="head")
    assert panel.handle.scan.units == "pixel"
    layer.scale, layer.units = (5, 0.9, 0.9), ("mm",) * 3
    assert segment(panel).segmentation.scan.spacing == (5, 0.9, 0.9)
    np.testing.assert_allclose(viewer.layers[-1].scale, (5, 0.9, 0.9))


def test_a_box_is_drawn_in_the_voxels_of_a_turned_mask(panel, viewer, segment) -> None:
    viewer.add_image(HEAD, rotate=(20, 0, 0), scale=(5, 1, 1), translate=(1, 2, 3))
    segment(panel)
    mask = viewer.layers[-1]
    panel.correct.drawing.start(mask, lambda corners: None)
    box = viewer.layers[-1]
    for corner in CORNERS:
        np.testing.assert_allclose(box.data_to_world(corner), mask.data_to_world(corner))
    panel.correct.drawing.cancel()
