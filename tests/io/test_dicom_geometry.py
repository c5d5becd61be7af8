"""Where DICOM slices lie, judged by SimpleITK slice by slice: axes, order, tilt, rounding."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from dicom_files import write_slice

from napari_brainseg.errors import ScanError
from napari_brainseg.io import read_mask, read_scan, write_mask

PLANES = {
    "axial": ((1, 0, 0), (0, 1, 0)),
    "coronal": ((1, 0, 0), (0, 0, -1)),
    "sagittal": ((0, 1, 0), (0, 0, -1)),
    "flipped": ((-1, 0, 0), (0, -1, 0)),
    "oblique": ((0.96, 0.28, 0.0), (-0.168, 0.576, 0.8)),
}
TILTS = (0.0, 18.5, -12.0)
CORNERS = [(0, 0), (6, 0), (0, 5), (3, 2)]


def write_volume(folder, plane, n=7, step=None, rounded=16, **tags):
    """Write slices of random pixels, names against their order; ``step`` from one to the next."""
    row, column = (np.array(axis, float) for axis in PLANES[plane])
    step = 4.4 * np.cross(row, column) if step is None else step
    rng = np.random.default_rng(0)
    for z in range(n):
        place = np.array((10.25, -20.5, 30.0)) + z * step
        write_slice(
            folder / f"{(z * 5) % n}.dcm",  # 5 and n have no divisor in common: another order
            rng.integers(-1000, 3000, (6, 7)),
            [round(float(value), 10) for value in place],
            ImageOrientationPatient=[round(float(v), rounded) for v in (*row, *column)],
            **tags,
        )
    return folder


def check_each_slice(scan):
    """Compare every slice with what SimpleITK reads from its file: pixels, and places of them."""
    for z, file in enumerate(scan.source.files):
        image = sitk.ReadImage(str(file))
        np.testing.assert_array_equal(sitk.GetArrayFromImage(image)[0], scan.data[0, z])
        for x, y in CORNERS:
            lps = np.array(image.TransformIndexToPhysicalPoint((x, y, 0)))
            ras = (scan.affine @ (x, y, z, 1))[:3]
            np.testing.assert_allclose(ras, lps * (-1, -1, 1), rtol=0, atol=1e-6)


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("tilt", TILTS)
@pytest.mark.parametrize("sign", [1, -1])
def test_every_voxel_lies_where_simpleitk_puts_it(tmp_path, plane, tilt, sign):
    row, column = (np.array(axis, float) for axis in PLANES[plane])
    step = np.cross(row, column) + np.tan(np.radians(tilt)) * column
    scan = read_scan(write_volume(tmp_path / "series", plane, step=sign * 4.4 * step)).scan
    check_each_slice(scan)
    text = " ".join(scan.source.warnings)
    assert (f"tilted by {abs(tilt):.1f} degrees" in text) == bool(tilt)


@pytest.mark.parametrize("plane", PLANES)
def test_the_whole_volume_is_what_simpleitk_stacks(tmp_path, plane):
    scan = read_scan(write_volume(tmp_path / "series", plane)).scan
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(tmp_path / "series")))
    image = reader.Execute()
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), scan.data[0])
    for index in np.ndindex(2, 2, 2):
        corner = [int(i) for i in np.array(index) * (6, 5, 6)]
        lps = np.array(image.TransformIndexToPhysicalPoint(corner))
        ras = (scan.affine @ (*corner, 1))[:3]
        np.testing.assert_allclose(ras, lps * (-1, -1, 1), rtol=0, atol=1e-6)


@pytest.mark.parametrize("rounded", [4, 6])
def test_rounded_directions_are_read_as_simpleitk_reads_them(tmp_path, rounded):
    folder = write_volume(tmp_path / "series", "oblique", rounded=rounded)
    scan = read_scan(folder).scan
    image = sitk.ReadImage(str(scan.source.files[0]))
    for x, y in CORNERS:
        lps = np.array(image.TransformIndexToPhysicalPoint((x, y, 0)))
        ras = (scan.affine @ (x, y, 0, 1))[:3]
        np.testing.assert_allclose(ras, lps * (-1, -1, 1), rtol=0, atol=1e-6)


@pytest.mark.parametrize("suffix", [".nii.gz", ".tif"])
def test_a_mask_keeps_the_shear_of_a_tilted_gantry(tmp_path, suffix):
    row, column = (np.array(axis, float) for axis in PLANES["axial"])
    step = 4.4 * (np.cross(row, column) + np.tan(np.radians(18.5)) * column)
    scan = read_scan(write_volume(tmp_path / "series", "axial", step=step)).scan
    labels = (scan.data[0] > 500).astype(np.uint8)
    found, affine = read_mask(write_mask(labels, scan, tmp_path / f"mask{suffix}"))
    np.testing.assert_array_equal(found, labels)
    np.testing.assert_allclose(affine, scan.affine, rtol=1e-6, atol=1e-6)
    # A right angle between slices and stacking would be wrong by tan(18.5 degrees) of the height.
    across = affine[:3, 2] @ affine[:3, 1] / np.linalg.norm(affine[:3, 1])
    np.testing.assert_allclose(across, 4.4 * np.tan(np.radians(18.5)), rtol=1e-5)


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("step", [0.5, 0.625, 1.25, 2.0 / 3, 0.9765])
def test_thin_slices_whose_positions_are_rounded_to_two_decimals_are_even(tmp_path, plane, step):
    n = 60
    row, column = (np.array(axis, float) for axis in PLANES[plane])
    normal = np.cross(row, column)
    for z in range(n):
        position = np.round(np.array([-31.234, 17.257, 200.125]) + z * step * normal, 2)
        tags = {"ImageOrientationPatient": [*row, *column], "SliceThickness": step}
        write_slice(tmp_path / f"{z}", np.full((4, 5), z), position, **tags)
    scan = read_scan(tmp_path).scan
    np.testing.assert_array_equal(scan.data[0, :, 0, 0], np.arange(n))
    assert scan.spacing[0] == pytest.approx(step, abs=0.02 / n)


@pytest.mark.parametrize("off", [0.1, -0.1])
def test_a_thin_slice_that_is_really_out_of_place_is_refused(tmp_path, off):
    for z in range(9):
        height = 0.625 * z + (off if z == 4 else 0)
        write_slice(tmp_path / f"{z}", np.full((4, 5), z), (0, 0, height))
    with pytest.raises(ScanError, match=r"slices lie 0\.5\d to 0\.7\d mm apart"):
        read_scan(tmp_path)


def test_distances_that_grow_little_by_little_are_refused(tmp_path):
    for z in range(40):
        write_slice(tmp_path / f"{z}", np.full((4, 5), z), (0, 0, z + 0.0002 * z**2))
    with pytest.raises(ScanError, match=r"slices lie 1\.00 to 1\.02 mm apart"):
        read_scan(tmp_path)
