"""Folders with one file per slice, the LGG layout above all."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from contracts.format_contract import FormatContract
from PIL import Image

from napari_brainseg.errors import ScanError
from napari_brainseg.io import default_mask_path, read_scan
from napari_brainseg.io.files import natural_key
from napari_brainseg.io.sequences import guess_sequence

CASE = "TCGA_XX_1234_20000101"


def write_case(folder, n_slices=12, masks=True):
    """Slices ``n = 1, 2, …`` hold ``10 * (n - 1)`` in all channels; odd ones carry a lesion."""
    folder.mkdir(exist_ok=True)
    for n in range(1, n_slices + 1):
        pixels = np.full((6, 7, 3), 10 * (n - 1), np.uint8)
        tifffile.imwrite(folder / f"{CASE}_{n}.tif", pixels, photometric="rgb")
        if masks:
            mask = np.zeros((6, 7), np.uint8)
            mask[2:4, 3] = 255 * (n % 2)
            tifffile.imwrite(folder / f"{CASE}_{n}_mask.tif", mask, photometric="minisblack")
    return folder


def write_pictures(folder, names, shape=(6, 7)):
    folder.mkdir(exist_ok=True)
    for z, name in enumerate(names):
        Image.fromarray(np.full(shape, 10 * z, np.uint8)).save(folder / name, compress_level=0)
    return folder


class TestLggCaseContract(FormatContract):
    def make(self, folder):
        return write_case(folder / CASE)

    def damage(self, path):
        return path / f"{CASE}_11.tif"


class TestPngFolderContract(FormatContract):
    def make(self, folder):
        return write_pictures(folder / "head", [f"IM{n}.png" for n in range(12)])

    def damage(self, path):
        return path / "IM10.png"


def test_an_lgg_case_brings_its_channels_and_its_mask(tmp_path):
    reading = read_scan(write_case(tmp_path / CASE))
    assert reading.scan.channels == ("pre-contrast", "FLAIR", "post-contrast")
    assert reading.scan.data.shape == (3, 12, 6, 7)
    assert reading.scan.source.name == CASE
    assert reading.scan.units == "pixel"
    assert not reading.scan.source.warnings
    assert reading.mask.dtype == np.uint8
    assert set(np.unique(reading.mask)) == {0, 1}
    np.testing.assert_array_equal(reading.mask.sum(axis=(1, 2)), [2, 0] * 6)


def test_the_mask_of_a_folder_is_proposed_beside_it_not_in_it(tmp_path):
    scan = read_scan(write_case(tmp_path / CASE)).scan
    assert default_mask_path(scan) == tmp_path / f"{CASE}_mask.tif"


def test_files_in_any_order_are_the_slices_of_one_scan(tmp_path):
    folder = write_case(tmp_path / CASE)
    files = sorted(folder.iterdir(), reverse=True)
    reading = read_scan([str(file) for file in files])
    np.testing.assert_array_equal(reading.scan.data[1, :, 0, 0], 10 * np.arange(12))
    assert reading.mask.any()


def test_one_slice_opens_with_its_mask(tmp_path):
    folder = write_case(tmp_path / CASE)
    reading = read_scan(folder / f"{CASE}_11.tif")
    assert reading.scan.data.shape == (3, 1, 6, 7)
    assert reading.scan.channels[1] == "FLAIR"
    assert reading.mask.sum() == 2
    (folder / f"{CASE}_11_mask.tif").unlink()
    assert read_scan(folder / f"{CASE}_11.tif").mask is None


def test_a_mask_file_opens_as_an_image_of_its_own(tmp_path):
    folder = write_case(tmp_path / CASE)
    reading = read_scan(folder / f"{CASE}_1_mask.tif")
    assert reading.scan.data.shape == (1, 1, 6, 7)
    assert reading.mask is None


def test_slices_without_a_mask_file_have_an_empty_one_and_a_warning(tmp_path):
    folder = write_case(tmp_path / CASE)
    (folder / f"{CASE}_3_mask.tif").unlink()
    reading = read_scan(folder)
    assert not reading.mask[2].any()
    assert reading.mask[4].any()
    assert reading.scan.source.warnings[0].startswith("1 of 12 slices have no mask file")


def test_masks_with_several_labels_keep_them(tmp_path):
    folder = write_case(tmp_path / CASE)
    mask = np.zeros((6, 7), np.uint8)
    mask[0, :3] = 1, 2, 255
    tifffile.imwrite(folder / f"{CASE}_3_mask.tif", mask, photometric="minisblack")
    np.testing.assert_array_equal(read_scan(folder).mask[2], mask)


@pytest.mark.parametrize(
    "mask", [np.zeros((5, 7), np.uint8), np.full((6, 7), 300, np.uint16), np.full((6, 7), 0.5)]
)
def test_a_mask_that_does_not_fit_is_refused(tmp_path, mask):
    folder = write_case(tmp_path / CASE)
    tifffile.imwrite(folder / f"{CASE}_3_mask.tif", mask, photometric="minisblack")
    with pytest.raises(ScanError, match=rf"{CASE}_3_mask\.tif"):
        read_scan(folder)


def test_a_folder_of_patients_says_to_open_one(tmp_path):
    for n in range(3):
        write_case(tmp_path / f"patient{n}", n_slices=2)
    (tmp_path / "data.csv").write_text("Patient\n")
    with pytest.raises(ScanError, match=r"3 folders.*such as patient0"):
        read_scan(tmp_path)
    tifffile.imwrite(tmp_path / "patient0_mask.tif", np.zeros((2, 6, 7), np.uint8))
    with pytest.raises(ScanError, match="3 folders"):
        read_scan(tmp_path)


def test_an_odd_slice_is_named(tmp_path):
    folder = write_pictures(tmp_path / "head", [f"{n}.png" for n in range(5)])
    write_pictures(folder, ["5.png"], shape=(8, 7))
    with pytest.raises(ScanError, match=r"5\.png: the slice is 8 x 7 pixels.*6 x 7"):
        read_scan(folder)


def test_a_slice_of_another_type_of_numbers_is_named(tmp_path):
    folder = tmp_path / "head"
    folder.mkdir()
    for n in range(5):
        dtype = np.uint16 if n == 3 else np.uint8
        tifffile.imwrite(folder / f"{n}.tif", np.full((6, 7), n, dtype))
    with pytest.raises(ScanError, match=r"3\.tif: the slice is .* of uint16, expected .* of uint8"):
        read_scan(folder)
    tifffile.imwrite(folder / "3.tif", np.full((6, 7), 3, np.uint8), byteorder=">")
    assert read_scan(folder).scan.grid == (5, 6, 7)


def test_slices_of_two_scans_are_not_mixed(tmp_path):
    folder = write_pictures(tmp_path / "head", ["a_1.png", "a_2.png", "b_1.png"])
    with pytest.raises(ScanError, match="slices of 2 scans"):
        read_scan(folder)


def test_two_files_for_one_slice_are_refused(tmp_path):
    folder = write_pictures(tmp_path / "head", ["a_1.png", "a_01.png", "a_2.png"])
    with pytest.raises(ScanError, match="slice number 1"):
        read_scan(folder)


def test_a_gap_in_the_numbers_is_warned_of(tmp_path):
    folder = write_pictures(tmp_path / "head", ["a_1.png", "a_2.png", "a_5.png"])
    assert read_scan(folder).scan.source.warnings == (
        "2 slice numbers between 1 and 5 are missing.",
    )
    steps = write_pictures(tmp_path / "steps", ["10.png", "20.png", "30.png"])
    assert not read_scan(steps).scan.source.warnings


def test_stacks_in_one_folder_are_not_joined(tmp_path):
    for n in range(2):
        tifffile.imwrite(tmp_path / f"stack{n}.tif", np.zeros((5, 6, 7), np.uint8))
    with pytest.raises(ScanError, match="one stack at a time"):
        read_scan(tmp_path)


def test_hidden_files_are_not_slices(tmp_path):
    folder = write_pictures(tmp_path / "head", ["1.png", "2.png"])
    (folder / "._1.png").write_bytes(b"macOS")
    (folder / "notes.txt").write_text("hello")
    assert read_scan(folder).scan.grid[0] == 2


def test_digits_sort_as_numbers():
    names = ["a_10.tif", "A_2.tif", "a_1.tif", "b_1.tif", "7", "a"]
    assert sorted(names, key=natural_key) == ["7", "a", "a_1.tif", "A_2.tif", "a_10.tif", "b_1.tif"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("t2_flair", "FLAIR"),
        ("Ax FLAIR FS", "FLAIR"),
        ("t1_pre", "pre-contrast"),
        ("Ax T1 post Gd", "post-contrast"),
        ("T1ce", "post-contrast"),
        ("T1 w/o contrast", "pre-contrast"),
        ("SAG MPRAGE", "T1"),
        ("t2_tse_tra", "T2"),
        ("Ax T1 FLAIR", "T1"),
        ("T1 posterior fossa", "T1"),
        ("BraTS-GLI-00000-000-t2f", "FLAIR"),
        ("BraTS-GLI-00000-000-t2w", "T2"),
        ("BraTS-GLI-00000-000-t1n", "pre-contrast"),
        ("BraTS-GLI-00000-000-t1c", "post-contrast"),
        ("STD BRAIN 5MM", None),
        ("scan", None),
    ],
)
def test_sequences_are_guessed_from_names(text, expected):
    assert guess_sequence(text) == expected


def test_a_real_lgg_case_opens(shared, tmp_path):
    # Packed there; restored here as its unpack.py does.
    for packed in (shared / "lgg" / "slices" / "TCGA_FG_6692_20020606").iterdir():
        with Image.open(packed) as picture:
            is_slice = packed.suffix == ".webp"
            pixels = np.array(picture.convert("RGB")) if is_slice else np.array(picture) * 255
        kind = "rgb" if is_slice else "minisblack"
        path = tmp_path / f"{packed.stem}.tif"
        tifffile.imwrite(path, pixels.astype(np.uint8), photometric=kind)
    reading = read_scan(tmp_path)
    assert not reading.scan.source.warnings
    assert reading.scan.data.shape == (3, 26, 256, 256)
    np.testing.assert_array_equal(np.flatnonzero(reading.mask.any(axis=(1, 2))), range(14, 21))
